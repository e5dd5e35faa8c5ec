"""Open a run file, or another DuckDB file, read-only and in a sandbox: neither the file nor the SQL is trusted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import duckdb

from iamsql.model import IamsqlError, Result
from iamsql.sqltext import identifier, literal
from iamsql.store.connection import Access, connect
from iamsql.store.limits import LimitedConnection, LimitExceeded, StatementLimits, default_limits
from iamsql.store.messages import error_text, sql_errors, type_name
from iamsql.store.metadata import RunMetadata, parse_metadata
from iamsql.store.open_errors import is_run, open_error, require_core_tables, require_no_log, stored_columns
from iamsql.store.overrides import OverridesCheck
from iamsql.store.referenced_tables import ReferencedTables
from iamsql.store.statements import parse_statements

# The time of this optimizer is quadratic in the size of a plan: seconds for the macros that evaluate permissions.
DISABLED_OPTIMIZERS = {"projection_pullup"}
# With the prefix system.main, because a macro of the file with the same name would otherwise be called.
TEMP_VIEWS = (
    "select view_name from system.main.duckdb_views() where temporary and not internal and schema_name = 'main'"
)
BATCH = 5000  # rows


class Reader:
    """An open file. `facts` is its metadata, whose fields are empty if iamsql did not write the file."""

    def __init__(
        self,
        path: Path,
        connection: duckdb.DuckDBPyConnection | LimitedConnection,
        facts: RunMetadata | None = None,
        check: OverridesCheck | None = None,
    ) -> None:
        """Read the metadata, unless the caller has it. `check` runs beside the statements on another connection."""
        self.path, self._check = path, check
        # LimitedConnection has the methods that are used.
        self._connection = cast(duckdb.DuckDBPyConnection, connection)
        self._references = ReferencedTables(self._connection)
        self.facts = facts or self._read_metadata()

    def require_checked(self) -> None:
        """Raise OpenError if macros of the file override functions of DuckDB. Call this before an answer is printed."""
        if self._check:
            self._check.require()

    def run(self, sql: str, params: Mapping[str, Any] | None = None) -> Result:
        """Run the user's statements in order and return the rows of the only one that is not a COPY, if there is one.

        Raise IamsqlError for a statement that is not allowed, a missing parameter, and every error of DuckDB.
        """
        answer = Result((), [])
        selects = lines = 0
        for statement in parse_statements(self._connection, sql):
            is_copy = statement.type == duckdb.StatementType.COPY
            selects += not is_copy
            if selects > 1:
                raise IamsqlError("More than one statement returns rows: run them separately.")
            # Empty lines before the statement keep the line numbers in DuckDB's errors right.
            result = self._run_statement("\n" * lines + statement.query, statement.named_parameters, params or {})
            lines += statement.query.count("\n")
            answer = answer if is_copy else result
        return answer

    def query(self, sql: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Return the rows of one of iamsql's own SELECTs. Raise OpenError if it fails, because the file is damaged then."""
        with self._readable():
            return self._connection.execute(sql, dict(values) if values else None).fetchall()

    def execute(self, sql: str, values: Mapping[str, Any] | None = None) -> None:
        """Execute iamsql's own statements, such as CREATE TEMP TABLE. Raise IamsqlError with DuckDB's message."""
        with sql_errors():
            self._connection.execute(sql, dict(values) if values else None)

    def batches(self, sql: str, values: Mapping[str, Any] | None = None) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of one SELECT in lists of up to 5,000. Raise IamsqlError with DuckDB's message."""
        with sql_errors():
            self._connection.execute(sql, dict(values) if values else None)
            while batch := self._connection.fetchmany(BATCH):
                yield batch

    def store_select(self, table: str, sql: str, values: Mapping[str, Any]) -> list[tuple[str, str]] | None:
        """Store the rows of the user's SELECT in a TEMP table; return its columns as (name, type).

        Return None for SQL that is not one SELECT. Raise IamsqlError with DuckDB's message.
        """
        with sql_errors():
            statements = self._connection.extract_statements(sql)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                return None
            (statement,) = statements
            text = statement.query.rstrip().rstrip(";")
            # DuckDB refuses values of parameters that the statement does not have.
            needed = {name: values[name] for name in statement.named_parameters if name in values}
            self._connection.execute(f"create or replace temp table {table} as\n{text}\n", needed)
            described = self._connection.execute(f"describe {table}").fetchall()
        return [(str(name), type_name(kind)) for name, kind, *_ in described]

    def is_select(self, sql: str) -> bool:
        """Return whether SQL is one SELECT. Raise IamsqlError if DuckDB cannot parse it."""
        with sql_errors():
            kinds = [statement.type for statement in self._connection.extract_statements(sql)]
        return kinds == [duckdb.StatementType.SELECT]

    def counts_rows(self, sql: str) -> bool:
        """Return whether a statement aggregates or writes a file, so that missing data would be counted as nothing."""
        return any(
            statement.type == duckdb.StatementType.COPY or self._references.aggregates(statement.query)
            for statement in parse_statements(self._connection, sql)
        )

    def tables_of(self, sql: str) -> set[str]:
        """Return the stored tables that the statements read, through views and table macros too."""
        with self._readable():
            statements = parse_statements(self._connection, sql)
            return set().union(*(self._references.tables_referenced(statement.query) for statement in statements))

    def stored_columns(self) -> dict[str, dict[str, str]]:
        """Map each table of the file, as schema.name, to its columns and their types; views are not listed."""
        with self._readable():
            return stored_columns(self._connection)

    def create_temp(self, statements: Sequence[str]) -> None:
        """Create TEMP tables, views and macros, which hide those of the file with the same names.

        A view over a missing raw table is left out. Raise OpenError for every other error.
        """
        with self._readable():
            for statement in statements:
                with suppress(duckdb.CatalogException, duckdb.BinderException):
                    self._connection.execute(statement)
        if statements:  # the cached names and definitions are out of date
            self._references = ReferencedTables(self._connection)

    def materialise(self, views: Sequence[str]) -> None:
        """Replace TEMP views by TEMP tables, so that repeated statements do not compute them again.

        `views` is in dependency order. A view that fails is left; the statement that reads it reports the error.
        """
        existing = {name for (name,) in self._connection.execute(TEMP_VIEWS).fetchall()}
        for name in (view for view in views if view in existing):
            table = f"materialised {name}"
            # A view and a table cannot have the same name, so the table is renamed when the view is dropped.
            with suppress(duckdb.Error, LimitExceeded):
                self._connection.execute(
                    f"create or replace temp table {identifier(table)} as select * from temp.main.{identifier(name)}"
                )
                self._connection.execute(
                    f"drop view temp.main.{identifier(name)}; alter table {identifier(table)} rename to {identifier(name)}"
                )

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
            self.require_checked()
        finally:
            self._connection.close()

    @contextmanager
    def _readable(self) -> Iterator[None]:
        """Turn an error of iamsql's own statement into OpenError with the path of the file."""
        try:
            yield
        except (duckdb.Error, ValueError, RecursionError) as error:
            self.require_checked()
            raise open_error(self.path, error, error_text(error, 2)) from error

    def _run_statement(self, sql: str, needed: set[str], params: Mapping[str, Any]) -> Result:
        values = {name: params[name] for name in needed if name in params}
        if missing := sorted(needed - set(values)):
            further = "".join(f" --arg {name}=VALUE" for name in missing[1:])
            raise IamsqlError(f"The SQL needs --arg {missing[0]}=VALUE{further}.")
        try:
            cursor = self._connection.execute(sql, values)
            rows = cursor.fetchall()
        except duckdb.InterruptException:
            raise KeyboardInterrupt from None
        except (duckdb.Error, ValueError, OverflowError) as error:
            self.require_checked()
            raise IamsqlError(error_text(error)) from error
        columns = cursor.description or []
        return Result(tuple(column[0] for column in columns), rows, tuple(type_name(column[1]) for column in columns))

    def _read_metadata(self) -> RunMetadata:
        if not is_run(self.path, self._connection):
            return RunMetadata()
        cursor = self._connection.execute("select * from iamsql.run limit 1")
        names = (column[0] for column in cursor.description)
        return parse_metadata(dict(zip(names, cursor.fetchone() or (), strict=False)))


def open_run(
    path: Path,
    *,
    allow_files: bool = False,
    write_to: Sequence[str] = (),
    write_under: Path | None = None,
    limits: StatementLimits | None = None,
) -> Reader:
    """Open a DuckDB file read-only. Statements may write the files `write_to`, and any file in the folder `write_under`.

    The sandbox is closed before anything is read, because the file may have views in the place of tables. Raise OpenError,
    and IamsqlError for a missing file.
    """
    if not path.is_file():
        raise IamsqlError(f"There is no run file {path}.\nList the runs with: iamsql runs")
    require_no_log(path)
    # DuckDB would put temporary files beside the run file.
    spill = TemporaryDirectory(prefix="iamsql-", ignore_cleanup_errors=True)
    with ExitStack() as on_error:
        on_error.callback(spill.cleanup)
        try:
            limits = limits or default_limits()
            connection = connect(
                path,
                settings=(f"set temp_directory = {literal(spill.name)}", *limits.settings),
                access=Access(write_to, [write_under] if write_under else [], allow_files),
                disabled=DISABLED_OPTIMIZERS.__contains__,
            )
            limited = LimitedConnection(connection, limits, spill)
            on_error.callback(limited.close)
            check = OverridesCheck(path, limited.cursor())  # a cursor is another connection to the file
            on_error.callback(check.stop)
            reader = Reader(path, limited, check=check)
            if reader.facts.run_id:
                require_core_tables(path, reader._connection, reader.facts.iamsql_version)
        except (duckdb.Error, ValueError) as error:
            raise open_error(path, error, error_text(error, 2)) from error
        on_error.pop_all()  # the caller closes the reader
    return reader
