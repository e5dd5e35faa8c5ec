"""The stored tables that a run still has to fill. A table is ready when its calls and those of the tables that it reads have ended.

Tables are therefore filled while other calls continue, one after the other in a connection of their own.
"""

from __future__ import annotations

from collections.abc import Collection

from iamsql.schema import compiler
from iamsql.schema.registry import all_tables, raw_of


class PendingTables:
    """The stored tables of a run that are not filled yet, in an order in which each comes after the tables that it reads."""

    def __init__(self) -> None:
        """Start with all stored tables."""
        self._pending = {name: raw_of(name) for name, relation in all_tables().items() if relation.stored}

    def __len__(self) -> int:
        """Return the number of tables that are not filled yet."""
        return len(self._pending)

    def take_ready(self, unfinished: Collection[str], with_rows: Collection[str]) -> list[str]:
        """Return the statements that fill the tables that are ready, each table once; execute them in this order.

        `unfinished` are the raw tables whose calls are still made in some account, and `with_rows` the raw tables that have rows.
        The items and the coverage of the calls that have ended must be committed: some tables distinguish "none" from "not
        read" by the coverage. A table whose raw tables are all empty stays empty, and needs no statement.
        """
        ready = {name: raw for name, raw in self._pending.items() if raw.isdisjoint(unfinished)}
        for name in ready:
            del self._pending[name]
        tables = all_tables()
        return [compiler.fill_table(tables[name]) for name, raw in ready.items() if not raw.isdisjoint(with_rows)]
