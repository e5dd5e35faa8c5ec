"""DuckDB's plan of a statement over a file with empty tables, and the columns of stored tables that the statement reads.

The plan has views, macros and subqueries resolved. Only the optimizers that drop unused columns run: an optimizer that
uses statistics would drop a filter on a column of an empty table.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Any

from iamsql.store.connection import connect
from iamsql.store.driver import duckdb

OPTIMIZERS = ("unused_columns", "cte_inlining")


class QueryPlans:
    """The plans of statements over one file. The file is opened for the first statement."""

    def __init__(self, path: Path) -> None:
        """Take the path of a file with the tables, views and macros of a run."""
        self._path = path
        self._exit = ExitStack()
        self._last: tuple[str, list[Any]] = ("", [])  # to plan a statement takes up to half a second

    def plan(self, sql: str) -> list[Any]:
        """Return the plan of one SELECT, as DuckDB's EXPLAIN writes it in JSON; [] for SQL that DuckDB cannot plan on this file."""
        if self._last[0] != sql:
            self._last = sql, self._planned(sql)
        return self._last[1]

    def columns(self, sql: str) -> dict[str, set[str]]:
        """Map each table of the schema main that one SELECT reads to the columns read.

        A table is left out if the plan does not list its columns. Return {} for SQL that DuckDB cannot plan on this file.
        """
        found: dict[str, set[str]] = {}
        unlisted: set[str] = set()
        for table, columns in _scans(self.plan(sql)):
            found.setdefault(table, set()).update(columns or ())
            unlisted |= {table} if columns is None else set()
        return {table: columns for table, columns in found.items() if table not in unlisted}

    def close(self) -> None:
        """Close the file."""
        self._exit.close()

    def _planned(self, sql: str) -> list[Any]:
        try:
            statements = self._connection.extract_statements(sql)
            if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
                return []
            # NULL, because the plan reads the same columns for every value.
            values = dict.fromkeys(statements[0].named_parameters)
            rows = self._connection.execute(f"explain (format json) {statements[0].query}", values or None).fetchall()
        except (duckdb.Error, ValueError, RecursionError):
            return []  # a table is not in this file, or the SQL is nested too deeply
        plan: list[Any] = json.loads(rows[0][1])
        return plan

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        return self._exit.enter_context(connect(self._path, disabled=lambda name: name not in OPTIMIZERS))


def _scans(node: Any) -> Iterator[tuple[str, set[str] | None]]:
    """Yield each scan of a table with the columns that it reads; None if the plan does not list them."""
    if isinstance(node, list):
        for child in node:
            yield from _scans(child)
        return
    info = node.get("extra_info") or {}
    if isinstance(info, dict) and (path := str(info.get("Table", "")).rsplit(".", 2))[-2:-1] == ["main"]:
        columns = info.get("Projections")
        # A column that only a filter of the scan reads is not among the projections.
        names = [columns] if isinstance(columns, str) else columns
        yield path[-1].lower(), None if names is None or "Filters" in info else {name.lower() for name in names}
    yield from _scans(node.get("children") or [])
