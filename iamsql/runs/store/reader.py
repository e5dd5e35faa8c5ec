"""Open a run file, or another DuckDB file, read-only and in a sandbox: neither the file nor the SQL is trusted."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from iamsql.model import IamsqlError, Result
from iamsql.runs.store.driver import duckdb
from iamsql.runs.store.engine import log_statement, parse_statements, sql_errors, type_name
from iamsql.runs.store.file_cache import FileCache
from iamsql.runs.store.functions import list_functions
from iamsql.runs.store.limits import StatementLimits
from iamsql.runs.store.metadata import RunMetadata
from iamsql.runs.store.open_errors import readable, stored_columns
from iamsql.runs.store.reading import OpenFile, ReadOptions
from iamsql.runs.store.referenced_tables import ReferencedTables
from iamsql.runs.store.result_tables import replace_views, store_result
from iamsql.runs.store.source import Openable, run_path

# A TEMP table hides a table of the file with the same name, so its columns come last and replace the columns of the file.
COLUMNS = """
select schema_name, table_name, column_name, data_type from system.main.duckdb_columns()
where not internal order by database_name = 'temp', schema_name, table_name, column_index
"""
BATCH_ROWS = 5000  # rows


class Reader:
    """An open file. The fields of its `metadata` are empty if iamsql did not write the file."""

    def __init__(self, path: Path, opened: OpenFile, options: ReadOptions | None = None) -> None:
        """Use an open file. Without `options`, it cannot be opened again, because other files are attached to its connection."""
        self.path = path
        self._use_open_file(opened, options)

    def _use_open_file(self, opened: OpenFile, options: ReadOptions | None) -> None:
        self._opened, self._options = opened, options
        self.metadata = opened.metadata or RunMetadata()
        self.cache = opened.cache or FileCache()
        self._connection, self._functions = opened.connection, opened.functions
        self._references = ReferencedTables(opened.connection, opened.functions)
        self.calls_table = "iamsql.table_calls"  # for a file of another version, `query` creates a TEMP table

    @property
    def is_stored(self) -> bool:
        """Return whether the run is a file. A run of a lake is written to a temporary file when it is opened."""
        return self._options is None or isinstance(self._options.run, Path)

    @property
    def is_lost(self) -> bool:
        """Return whether the process of the connection was ended: the file has to be opened again."""
        return bool(getattr(self._connection, "is_lost", False))

    def ready_for(self, sql: str | None = None, write_to: Sequence[str] = ()) -> Reader:
        """Return this reader, which then can answer `sql` and write the files `write_to`; None needs no more tables.

        The file is opened again, without its TEMP objects, if its process was ended, if other files are to be written, and if a
        source writes it again.
        """
        options = replace(self._options, write_to=tuple(write_to)) if self._options else None
        if options and (self.is_lost or options != self._options or options.is_changed(sql, self._opened.version)):
            self.close()
            self._use_open_file(options.open(sql or ""), options)
        return self

    def require_checked(self) -> None:
        """Raise OpenError if macros of the file override functions of DuckDB. Call this before an answer is printed."""
        with readable(self.path):
            self._functions()

    def run(self, sql: str, params: Mapping[str, Any] | None = None) -> Result:
        """Run the user's statements in order and return the rows of the only one that is not a COPY, if there is one.

        Raise IamsqlError for a statement that is not allowed, a missing parameter, and every error of DuckDB.
        """
        result, params = Result((), []), params or {}
        if (remote := self._run_remotely(sql, params)) is not None:
            return remote
        selects = lines = 0
        for statement in parse_statements(self._connection, sql):
            is_copy = statement.type == duckdb.StatementType.COPY
            selects += not is_copy
            if selects > 1:
                raise IamsqlError("More than one statement returns rows: run them separately.")
            if missing_parameters := sorted(statement.named_parameters - params.keys()):
                others = "".join(f" --arg {name}=VALUE" for name in missing_parameters[1:])
                raise IamsqlError(f"The SQL needs --arg {missing_parameters[0]}=VALUE{others}.")
            with sql_errors():
                # Empty lines before the statement keep the line numbers in DuckDB's errors right.
                text, started = "\n" * lines + statement.query, time.monotonic()
                cursor = self._connection.execute(text, {name: params[name] for name in statement.named_parameters})
                rows = cursor.fetchall()
                log_statement(statement.query, started, len(rows))
            lines += statement.query.count("\n")
            if not is_copy:
                columns = cursor.description or []
                types = tuple(type_name(column[1]) for column in columns)
                result = Result(tuple(column[0] for column in columns), rows, types)
        return result

    def query(self, sql: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Return the rows of one of iamsql's own SELECTs. Raise OpenError if it fails, because the file is damaged then."""
        with readable(self.path):
            return self._connection.execute(sql, dict(values) if values else None).fetchall()

    def execute(self, sql: str, values: Mapping[str, Any] | None = None) -> None:
        """Execute iamsql's own statements, such as CREATE TEMP TABLE. Raise IamsqlError with DuckDB's message."""
        with sql_errors():
            self._connection.execute(sql, dict(values) if values else None)

    def batches(self, sql: str, values: Mapping[str, Any] | None = None) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of one SELECT in lists of up to 5,000. Raise IamsqlError with DuckDB's message."""
        with sql_errors():
            self._connection.execute(sql, dict(values) if values else None)
            while batch := self._connection.fetchmany(BATCH_ROWS):
                yield batch

    def store_select(self, table: str, sql: str, values: Mapping[str, Any]) -> int | None:
        """Store the rows of the user's SELECT in a TEMP table; return their number.

        Return None for SQL that is not one SELECT. Raise IamsqlError with DuckDB's message.
        """
        self.cache = FileCache()  # TEMP tables may hide tables of the file
        with sql_errors():
            statements = self._connection.extract_statements(sql)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                return None
            (statement,) = statements
            text = statement.query.rstrip().rstrip(";")
            # DuckDB refuses values of parameters that the statement does not have.
            needed = {name: values[name] for name in statement.named_parameters if name in values}
            started = time.monotonic()
            if (remote := self._run_remotely(sql, values)) is not None:
                store_result(self._connection, table, remote)
                rows = len(remote.rows)
            else:
                created = self._connection.execute(f"create or replace temp table {table} as {text}\n", needed)
                ((rows,),) = created.fetchall()
            log_statement(text, started, rows)
        return rows

    def _run_remotely(self, sql: str, values: Mapping[str, Any]) -> Result | None:
        """Return the rows of another engine, if there is one that runs the statement."""
        prepared = self._opened.prepared
        if prepared.require:
            prepared.require(self.tables_of(sql))
        return prepared.engine.result(sql, values) if prepared.engine else None

    def is_select(self, sql: str) -> bool:
        """Return whether SQL is one SELECT. Raise IamsqlError if DuckDB cannot parse it."""
        with sql_errors():
            return [statement.type for statement in self._connection.extract_statements(sql)] == [
                duckdb.StatementType.SELECT
            ]

    def counts_rows(self, sql: str) -> bool:
        """Return whether a statement aggregates or writes a file, so missing data would be counted as nothing."""
        return any(
            statement.type == duckdb.StatementType.COPY or self._references.aggregates(statement.query)
            for statement in parse_statements(self._connection, sql)
        )

    def tables_of(self, sql: str, without: frozenset[str] = frozenset()) -> set[str]:
        """Return the stored tables that the statements read, also through views, and table macros that are not in `without`."""
        return set(self.cache.get(("tables", sql, without), lambda: self._tables_of(sql, without)))

    def _tables_of(self, sql: str, without: frozenset[str]) -> set[str]:
        with readable(self.path):
            queries = [statement.query for statement in parse_statements(self._connection, sql)]
            return set().union(*(self._references.tables_referenced(query, without) for query in queries))

    def columns(self) -> dict[str, dict[str, str]]:
        """Map each table and view to its columns and their types; names outside the schema main have their schema."""
        tables: dict[str, dict[str, str]] = {}
        for schema, table, column, column_type in self.query(COLUMNS):
            tables.setdefault(table if schema == "main" else f"{schema}.{table}", {})[column] = column_type
        return tables

    def stored_columns(self) -> dict[str, dict[str, str]]:
        """Map each table of the file, as schema.name, to its columns and their types; views are not listed."""
        with readable(self.path):
            return stored_columns(self._connection)

    def create_temp(self, statements: Sequence[str]) -> None:
        """Create TEMP tables, views and macros, which hide the objects of the file with the same names.

        A statement that refers to a missing table, column or function is skipped: the file has no data for it. Raise OpenError
        for every other error.
        """
        with readable(self.path):
            for statement in statements:
                with suppress(duckdb.CatalogException, duckdb.BinderException):
                    self._connection.execute(statement)
        if statements:  # the cached names and definitions are out of date
            self.cache = FileCache()
            self._references = ReferencedTables(self._connection, partial(list_functions, self.path, self._connection))

    def materialize(self, views: Sequence[str]) -> None:
        """Replace TEMP views with TEMP tables, so repeated statements do not compute them again.

        `views` is in dependency order. A view that fails is left; the statement that reads it reports the error.
        """
        replace_views(self._connection, views)

    def interrupt(self) -> None:
        """Interrupt the statement that another thread runs; that thread gets a KeyboardInterrupt."""
        with suppress(duckdb.Error):  # the connection may be closed
            self._connection.interrupt()

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file and delete temporary files. Raise OpenError as `require_checked` does."""
        try:
            if not self.is_lost:
                self.require_checked()
        finally:
            self._connection.close()


def open_run(
    run: Openable,
    *,
    allow_files: bool = False,
    write_to: Sequence[str] = (),
    write_under: Path | None = None,
    read: Sequence[Path] = (),
    limits: StatementLimits | None = None,
    sql: str = "",
) -> Reader:
    """Open a DuckDB file read-only. The parameters are as in `ReadOptions`.

    `sql` is the SQL that the reader has to answer, for a run of a lake; '' is any. Raise OpenError, and IamsqlError for a missing
    file.
    """
    options = ReadOptions(run, allow_files, tuple(write_to), write_under, read, limits)
    return Reader(run_path(run), options.open(sql), options)
