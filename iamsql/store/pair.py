"""Two run files side by side in one connection: `old` and `new`, each with every table as this version declares it.

Both are attached read-only; what a file of another version lacks is worked out from its raw items, or stands empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import duckdb

from iamsql.model import IamsqlError, Result
from iamsql.sqltext import identifier, literal
from iamsql.store.bounds import Bounded, Bounds, usual_bounds
from iamsql.store.connection import AttachError, Attachment, connect
from iamsql.store.held import hold_core, require_no_log, unopened
from iamsql.store.layout import TABLES
from iamsql.store.messages import words
from iamsql.store.read import Facts, Prelude, Reader
from iamsql.store.replacements import refuse_replacements

SIDES = ("old", "new")
OWN = {"run", "accounts", "coverage", "event_coverage", "queries", "table_calls"}
Columns = Sequence[tuple[str, str]]  # names and types


class Pair:
    """Two open runs; `facts` says of each side what it says of itself."""

    def __init__(self, old: Path, new: Path, bounds: Bounds | None = None) -> None:
        """Attach both files; raise IamsqlError when one cannot be read as a run.

        The sandbox is closed before anything is read of them.
        """
        self._spill = TemporaryDirectory(prefix="iamsql-", ignore_cleanup_errors=True)
        self._bounds = (bounds or usual_bounds()).removing(self._spill)
        self.paths = {"old": old, "new": new}
        same = old.resolve() == new.resolve()  # DuckDB attaches a file once
        self._files = {"old": "old_file", "new": "old_file" if same else "new_file"}
        self._connection = cast(
            duckdb.DuckDBPyConnection, Bounded(self._opened(), self._bounds)
        )  # it has the methods used
        self.run("; ".join(f"create schema {side}.iamsql" for side in SIDES))
        self.facts = {side: self._facts(side) for side in SIDES}

    def close(self) -> None:
        """Let go of the files."""
        self._connection.close()
        self._spill.cleanup()

    def mirror(
        self, prelude: Prelude, declared: Mapping[str, Columns], wanted: set[str], calls: Sequence[Sequence[Any]]
    ) -> None:
        """Make the tables of each side: `declared` has the columns of each, `calls` the rows of iamsql.table_calls.

        Those `wanted` are worked out anew where `prelude`, which gives TEMP statements, has them.
        """
        for side in SIDES:
            self._use(self._files[side])
            made = self._worked_out(side, prelude, wanted)
            held = self._held(self._files[side])
            statements = (*self._typed(side, declared, held, made), *self._own(side, held))
            self.run(";".join(statements))
            self.fill(f'{side}.iamsql."table_calls"', calls)

    def fill(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Put rows of texts into a table."""
        if rows:
            columns = [list(column) for column in zip(*rows, strict=True)]
            slots = ", ".join("unnest(?::varchar[])" for _ in columns)
            self.run(f"insert into {table} select {slots}", columns)

    def run(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
        """Run SQL of our own and give its rows."""
        try:
            return self._connection.execute(sql, values or None).fetchall()
        except duckdb.InterruptException:
            raise KeyboardInterrupt from None
        except duckdb.Error as error:
            raise IamsqlError(words(error)) from error

    def inside(self, side: str, sql: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Run SQL of our own whose bare names mean the tables of one side."""
        self._use(side)
        return self.run(sql, values or {})

    def columns(self, table: str) -> list[str]:
        """Name the columns of a table."""
        return [str(name) for name, *_ in self.run(f"describe {table}")]

    def ask(self, sql: str) -> Result:
        """Run SQL from anywhere in the sandbox: no file, no network; bare names mean the tables of `new`."""
        self._use("new")
        return Reader(self.paths["new"], self._connection, facts=self.facts["new"]).run(sql)

    # -- how the sides are made ----------------------------------------------------------------------------------------------

    def _use(self, catalog: str) -> None:
        self.run(f"use {catalog}")

    def _opened(self) -> duckdb.DuckDBPyConnection:
        """Attach both files, and an empty database for the tables of each side."""
        for path in self.paths.values():
            if not path.is_file():
                raise IamsqlError(f"There is no run file {path}.\nSee what there is with: iamsql runs")
            require_no_log(path)
        files = [
            Attachment(self.paths[side], f"{side}_file") for side in SIDES if f"{side}_file" in self._files.values()
        ]
        empty = [Attachment(Path(":memory:"), side, "read_write") for side in SIDES]
        settings = (f"set temp_directory = {literal(self._spill.name)}", *self._bounds.settings)
        try:
            return connect(attach=[*files, *empty], settings=settings)
        except AttachError as failed:
            raise unopened(failed.path, failed.error, words(failed.error, 2)) from failed

    def _facts(self, side: str) -> Facts:
        self._use(self._files[side])
        ours = "select 1 from system.main.duckdb_tables() where database_name = ? and schema_name = 'iamsql' and table_name = 'run'"
        if not self.run(ours, [self._files[side]]):
            raise IamsqlError(f"{self.paths[side]} is not a run of iamsql.\nList the runs with: iamsql runs")
        refuse_replacements(self.paths[side], self._connection)
        facts = Reader(self.paths[side], self._connection).facts
        hold_core(self.paths[side], self._connection, facts.iamsql_version)
        return facts

    def _worked_out(self, side: str, prelude: Prelude, wanted: set[str]) -> set[str]:
        """Make the wanted tables of a file of another version from its raw items, and name them."""
        Reader(self.paths[side], self._connection).shadow(list(prelude(self.facts[side])))
        held = (
            "select table_name, 'table' from system.main.duckdb_tables() where temporary and schema_name = 'main'"
            " union all select view_name, 'view' from system.main.duckdb_views() where temporary and not internal"
        )
        temporary, made = self.run(held), set()
        for name, _ in temporary:
            if name in wanted:
                with suppress(IamsqlError):  # what cannot be worked out is as the file keeps it
                    self.run(f"create table {side}.main.{identifier(name)} as from temp.main.{identifier(name)}")
                    made.add(name)
        for name, kind in temporary:
            self.run(f"drop {kind} temp.main.{identifier(name)}")
        return made

    def _held(self, alias: str) -> dict[tuple[str, str], set[str]]:
        """Name the columns of each table and view of a file."""
        found: dict[tuple[str, str], set[str]] = {}
        sql = "select schema_name, table_name, column_name from system.main.duckdb_columns() where database_name = ?"
        for schema, table, column in self.run(sql, [alias]):
            found.setdefault((schema, table), set()).add(column)
        return found

    def _typed(
        self, side: str, declared: Mapping[str, Columns], held: Mapping[tuple[str, str], set[str]], made: set[str]
    ) -> Iterator[str]:
        for name in sorted((declared.keys() | {table for schema, table in held if schema == "main"}) - made - OWN):
            has = held.get(("main", name))
            yield self._shown(side, f"main.{identifier(name)}", declared.get(name, ()), has)

    def _own(self, side: str, held: Mapping[tuple[str, str], set[str]]) -> Iterator[str]:
        """Show what tells how the run went, in the schema iamsql and beside the tables."""
        for name, columns in TABLES.items():
            if name == "table_calls":
                yield f'create table {side}.iamsql."{name}" ({columns})'
            elif name in OWN:
                yield self._shown(side, f"iamsql.{name}", _parted(columns), held.get(("iamsql", name)))
            if name in OWN:
                yield f"create view {side}.main.{name} as from {side}.iamsql.{name}"

    def _shown(self, side: str, name: str, declared: Columns, has: set[str] | None) -> str:
        """Give the statement that shows a table of the file with all declared columns; one that it lacks stands empty."""
        if has is None:
            return f"create table {side}.{name} ({', '.join(f'{identifier(one)} {kind}' for one, kind in declared)})"
        more = "".join(
            f", cast(null as {kind}) as {identifier(column)}" for column, kind in declared if column not in has
        )
        return f"create view {side}.{name} as select *{more} from {self._files[side]}.{name}"


def _parted(columns: str) -> Columns:
    """Part 'name TYPE, "other" TYPE' into pairs."""
    pairs = (one.strip().rpartition(" ") for one in columns.split(","))
    return [(name.strip('"'), kind) for name, _, kind in pairs]
