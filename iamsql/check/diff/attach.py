"""Attach two runs to one connection as the databases `old` and `new`, each with every table as this version declares it.

A table that is missing in a file of another version is made from raw items, or is empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from iamsql.model import IamsqlError, Result
from iamsql.query.compat import compat_views
from iamsql.runs.store.attached import AttachedFiles
from iamsql.runs.store.limits import StatementLimits
from iamsql.runs.store.run_schema import TABLES, split_columns
from iamsql.runs.store.source import Openable, run_path
from iamsql.sqltext import identifier
from iamsql.tables.compiler import compiler
from iamsql.tables.registry import all_tables, table_calls

SIDES = ("old", "new")
TEMPORARY_RELATIONS_SQL = (
    "select table_name, 'table' from system.main.duckdb_tables() where temporary and schema_name = 'main'"
    " union all select view_name, 'view' from system.main.duckdb_views() where temporary and not internal"
)
StoredColumns = Mapping[tuple[str, str], set[str]]  # the columns of each (schema, table)


class RunPair:
    """Two open runs; `metadata` has the metadata of each side."""

    def __init__(self, old: Openable, new: Openable, limits: StatementLimits | None = None) -> None:
        """Attach both files. Raise IamsqlError if one cannot be read as a run."""
        is_same = run_path(old).resolve() == run_path(new).resolve()  # DuckDB cannot attach a file twice
        self._aliases = {"old": "old_file", "new": "old_file" if is_same else "new_file"}
        files = {"old_file": old} if is_same else {"old_file": old, "new_file": new}
        self._files = AttachedFiles(files, SIDES, limits)
        self.run("; ".join(f"create schema {side}.iamsql" for side in SIDES))
        self.metadata = {side: self._files.metadata(self._aliases[side]) for side in SIDES}

    def close(self) -> None:
        """Close the files."""
        self._files.close()

    def create_tables(self, sql: str) -> None:
        """Create the tables of each side, for resource types and queries whose SQL is in `sql`."""
        for side in SIDES:
            self._files.use(self._aliases[side])
            created_tables = self._make_compatible(side, sql)
            stored_columns = self._stored_columns(self._aliases[side])
            self.run(
                ";".join(
                    (
                        *self._typed_table_statements(side, stored_columns, created_tables),
                        *self._run_table_statements(side, stored_columns),
                    )
                )
            )
            self.insert_rows(f"{side}.iamsql.table_calls", table_calls())

    def insert_rows(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Insert rows of text into a table."""
        if rows:
            # A list for each column, because DuckDB executes one statement with many values much faster than many statements.
            columns = [list(column) for column in zip(*rows, strict=True)]
            slots = ", ".join("unnest(?::varchar[])" for _ in columns)
            self.run(f"insert into {table} select {slots}", columns)

    def run(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
        """Execute SQL that iamsql generated, and return its rows. Raise IamsqlError with DuckDB's message."""
        return self._files.query(sql, values)

    def run_on(self, side: str, sql: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Execute SQL that iamsql generated. Names without a database are tables of the side."""
        self._files.use(side)
        return self.run(sql, values or {})

    def ask(self, sql: str) -> Result:
        """Run the user's SQL. Names without a database are tables of `new`."""
        self._files.use("new")
        return self._files.reader(self._aliases["new"], self.metadata["new"]).run(sql)

    # -- creating the tables of a side --------------------------------------------------------------------------------------

    def _make_compatible(self, side: str, sql: str) -> set[str]:
        """Create the tables that are made from raw items, and return their names."""
        metadata = self.metadata[side]
        self._files.reader(self._aliases[side], metadata).create_temp(compat_views(sql, metadata))
        # A TEMP view belongs to no side. The tables are stored in the side's own database, and the names are free for the other.
        temporary_relations, created_tables = self.run(TEMPORARY_RELATIONS_SQL), set()
        for name, _ in temporary_relations:
            if name in all_tables():
                with suppress(IamsqlError):  # the table that the file stores is used instead
                    self.run(f"create table {side}.main.{identifier(name)} as from temp.main.{identifier(name)}")
                    created_tables.add(name)
        for name, relation_type in temporary_relations:
            self.run(f"drop {relation_type} temp.main.{identifier(name)}")
        return created_tables

    def _stored_columns(self, alias: str) -> StoredColumns:
        columns: dict[tuple[str, str], set[str]] = {}
        sql = "select schema_name, table_name, column_name from system.main.duckdb_columns() where database_name = ?"
        for schema, table, column in self.run(sql, [alias]):
            columns.setdefault((schema, table), set()).add(column)
        return columns

    def _typed_table_statements(self, side: str, stored: StoredColumns, created: set[str]) -> Iterator[str]:
        declared = {
            name: [(column.name, compiler.duckdb_type(column)) for column in compiler.columns(relation)]
            for name, relation in all_tables().items()
        }
        names = declared.keys() | {table for schema, table in stored if schema == "main"}
        for name in sorted(names - created - TABLES.keys()):
            yield self._table_statement(
                side, f"main.{identifier(name)}", declared.get(name, ()), stored.get(("main", name))
            )

    def _run_table_statements(self, side: str, stored: StoredColumns) -> Iterator[str]:
        """Yield the statements for the tables of the schema iamsql, and for views of them in the schema main."""
        for name, columns in TABLES.items():
            declared = split_columns(columns)
            # iamsql.table_calls is filled with the calls of this version.
            in_file = None if name == "table_calls" else stored.get(("iamsql", name))
            yield self._table_statement(side, f"iamsql.{name}", declared, in_file)
            # --sql can read them as old.accounts and as old.iamsql.accounts
            yield f"create view {side}.main.{name} as from {side}.iamsql.{name}"

    def _table_statement(
        self, side: str, name: str, declared: Sequence[tuple[str, str]], stored: set[str] | None
    ) -> str:
        """Return the statement that creates a table with the declared columns: a view of the file's table, or an empty table."""
        if stored is None:
            definitions = ", ".join(f"{identifier(column)} {column_type}" for column, column_type in declared)
            return f"create table {side}.{name} ({definitions})"
        missing_columns = ((column, column_type) for column, column_type in declared if column not in stored)
        nulls = "".join(
            f", cast(null as {column_type}) as {identifier(column)}" for column, column_type in missing_columns
        )
        return f"create view {side}.{name} as select *{nulls} from {self._aliases[side]}.{name}"
