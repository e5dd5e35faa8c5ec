"""Open a run file (or any DuckDB file) so that SQL from anywhere can do no harm: read-only and sandboxed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import duckdb

from iamsql.coverage.gaps import Coverage, call_counts, calls_of, coverage_of
from iamsql.coverage.table_states import State, states
from iamsql.model import IamsqlError, Result
from iamsql.sqltext import literal
from iamsql.store.connection import Access, connect
from iamsql.store.limits import Bounded, Bounds, TooMuch, usual_bounds
from iamsql.store.messages import also, type_name, words
from iamsql.store.metadata import Facts as Facts
from iamsql.store.metadata import facts_of
from iamsql.store.open_errors import hold_core, is_run, require_no_log, stored_columns, unopened
from iamsql.store.overrides import Check
from iamsql.store.referenced_tables import Names

KINDS = {
    duckdb.StatementType.SELECT,
    duckdb.StatementType.EXPLAIN,
    duckdb.StatementType.COPY,
    duckdb.StatementType.MULTI,
}
ALLOWED = "SELECT, FROM, VALUES, WITH, PIVOT, DESCRIBE, SUMMARIZE, SHOW, EXPLAIN and COPY … TO"
SLOW = {
    "projection_pullup"
}  # an optimizer whose time is quadratic in the size of a plan: seconds over the macros of permissions


class Reader:
    """One open file: runs statements, tells which tables they name and which accounts those tables lack."""

    def __init__(
        self,
        path: Path,
        connection: duckdb.DuckDBPyConnection | Bounded,
        spill: TemporaryDirectory[str] | None = None,
        facts: Facts | None = None,
    ) -> None:
        self.path = path
        self._connection = cast(duckdb.DuckDBPyConnection, connection)  # Bounded has the methods that are used of it
        self._spill = spill
        self._names = Names(self._connection)
        self.check: Check | None = None
        self.facts = facts or self._meta()

    def require_checked(self) -> None:
        """Raise Unopened where the macros of the file replace functions of DuckDB.

        The check goes on beside the statements. Whoever tells an answer while the file is open calls this before.
        """
        if self.check:
            self.check.require()

    def run(self, sql: str, params: Mapping[str, Any] | None = None) -> Result:
        """Run the statements in order and return the rows of the one that is no COPY, if there is one."""
        kept = Result((), [])
        selects = lines = 0
        for statement in self._statements(sql):
            writes = statement.type == duckdb.StatementType.COPY
            selects += not writes
            if selects > 1:
                raise IamsqlError("More than one statement returns rows, and an answer holds one set: run them apart.")
            result = self._execute("\n" * lines + statement.query, statement.named_parameters, params or {})
            lines += statement.query.count("\n")
            kept = kept if writes else result
        return kept

    def tables_of(self, sql: str) -> set[str]:
        """Name the stored tables that the statements stand on, through views and macros too."""
        with self._readable():
            return set().union(*(self._names.of(statement.query) for statement in self._statements(sql)))

    def stored_columns(self) -> dict[str, dict[str, str]]:
        """Map each table of the file, named with its schema, to its columns and their types; views are not listed."""
        with self._readable():
            return stored_columns(self._connection)

    def coverage_gaps(self, tables: set[str], unread: Collection[str] = ()) -> Coverage:
        """Say which accounts the tables lack, and why; `unread` calls, each `table service:operation`, do not count."""
        with self._readable():
            return coverage_of(self._connection, tables, unread) if self.facts.run_id else Coverage()

    def calls_of(self, tables: set[str]) -> dict[str, list[tuple[str, str, str | None]]]:
        """List the calls that tables stand on: service, operation and the operation it stands in for."""
        with self._readable():
            return calls_of(self._connection, tables) if self.facts.run_id else {}

    def call_counts(self) -> dict[tuple[str, str], tuple[int, int, int]]:
        """Count, for each call, the accounts that it was read in, not read in, and not asked in."""
        with self._readable():
            return call_counts(self._connection) if self.facts.run_id else {}

    def states(self, tables: Sequence[str]) -> dict[str, State]:
        """Judge how far the run has each table; those that it says nothing of are left out."""
        with self._readable():
            return states(self._connection, tables) if self.facts.run_id else {}

    def shadow(self, statements: Sequence[str]) -> None:
        """Make TEMP views and macros, which stand before what the file holds of their names."""
        for statement in statements:
            _shadow(self._connection, statement)
        if statements:
            self._names = Names(self._connection)

    def settle(self, names: Sequence[str]) -> None:
        """Make TEMP tables of those TEMP views, which are worked out anew for each question; sources before what reads them."""
        held = (
            "select view_name from system.main.duckdb_views() where temporary and not internal and schema_name = 'main'"
        )
        views = {name for (name,) in self._connection.execute(held).fetchall()}
        for name in (one for one in names if one in views):
            with suppress(duckdb.Error, TooMuch):  # what cannot be worked out is told by the question that needs it
                self._connection.execute(
                    f'create or replace temp table "settled {name}" as select * from temp.main."{name}"'
                )
                self._connection.execute(
                    f'drop view temp.main."{name}"; alter table "settled {name}" rename to "{name}"'
                )

    def interrupt(self) -> None:
        """Stop the statement that another thread runs; that thread gets a KeyboardInterrupt."""
        with suppress(duckdb.Error):  # closed meanwhile, it runs nothing
            self._connection.interrupt()

    def close(self) -> None:
        """Let go of the file, and of what did not fit into memory; raise Unopened as require_checked does."""
        try:
            self.require_checked()
        finally:
            self._connection.close()
            if self._spill:
                self._spill.cleanup()

    @contextmanager
    def _readable(self) -> Iterator[None]:
        """Raise IamsqlError with the name of the file where what iamsql itself asks of it fails."""
        try:
            yield
        except (duckdb.Error, ValueError, RecursionError) as error:
            self.require_checked()
            raise unopened(self.path, error, words(error, 2)) from error

    def _statements(self, sql: str) -> list[duckdb.Statement]:
        try:
            statements = self._connection.extract_statements(sql)
        except duckdb.Error as error:
            raise IamsqlError(words(error)) from error
        if not statements:
            raise IamsqlError("There is no SQL statement to run.")
        for statement in statements:
            if (kind := _kind(statement)) not in KINDS:
                said = kind.name if kind else "This statement"
                raise IamsqlError(f"{said} is not allowed on a run file: only {ALLOWED}.")
        return statements

    def _execute(self, sql: str, needed: set[str], params: Mapping[str, Any]) -> Result:
        wanted = {name: params[name] for name in needed if name in params}
        if missing := sorted(needed - set(wanted)):
            raise IamsqlError(f"The SQL needs --arg {missing[0]}=VALUE" + also(missing[1:]) + ".")
        try:
            cursor = self._connection.execute(sql, wanted)
            rows = cursor.fetchall()
        except duckdb.InterruptException:
            raise KeyboardInterrupt from None
        except (duckdb.Error, ValueError, OverflowError) as error:
            self.require_checked()
            raise IamsqlError(words(error)) from error
        described = cursor.description or []
        return Result(
            tuple(column[0] for column in described), rows, tuple(type_name(column[1]) for column in described)
        )

    def _meta(self) -> Facts:
        if not is_run(self.path, self._connection):
            return Facts()
        cursor = self._connection.execute("select * from iamsql.run limit 1")
        return facts_of(dict(zip((column[0] for column in cursor.description), cursor.fetchone() or (), strict=False)))


Prelude = Callable[[Facts], Sequence[str]]


def open_run(
    path: Path,
    *,
    allow_files: bool = False,
    write_to: Sequence[str] = (),
    write_under: Path | None = None,
    prelude: Prelude | None = None,
    bounds: Bounds | None = None,
) -> Reader:
    """Open a DuckDB file read-only; `prelude` gives TEMP statements to run before any of the user's.

    Statements may write the files `write_to`, and what they like in the folder `write_under`. The sandbox is closed before
    anything is read: whoever made the file may have put views in the place of tables.
    """
    if not path.is_file():
        raise IamsqlError(f"There is no run file {path}.\nSee what there is with: iamsql runs")
    require_no_log(path)
    spill = TemporaryDirectory(prefix="iamsql-", ignore_cleanup_errors=True)
    with ExitStack() as opened:
        opened.callback(spill.cleanup)
        try:
            access = Access(write_to, [write_under] if write_under else [], allow_files)
            bounded = _bounded(path, (bounds or usual_bounds()).removing(spill), spill.name, access)
            opened.callback(bounded.close)
            reader = Reader(path, bounded, spill)
            reader.check = Check(path, bounded.cursor())
            opened.callback(reader.check.stop)
            if reader.facts.run_id:
                hold_core(path, reader._connection, reader.facts.iamsql_version)
            reader.shadow(prelude(reader.facts) if prelude and reader.facts.run_id else ())
        except (duckdb.Error, ValueError) as error:
            raise unopened(path, error, words(error, 2)) from error
        opened.pop_all()  # the caller closes the reader
    return reader


def _bounded(path: Path, bounds: Bounds, spill: str, access: Access) -> Bounded:
    """Open a file in the sandbox; what does not fit into memory goes to a folder of its own, not beside the file."""
    settings = (f"set temp_directory = {literal(spill)}", *bounds.settings)
    return Bounded(connect(path, settings=settings, access=access, disabled=SLOW.__contains__), bounds)


def _kind(statement: duckdb.Statement) -> duckdb.StatementType | None:
    """Give a statement's kind; DuckDB's client has no name for some."""
    try:
        return statement.type
    except ValueError:
        return None


def _shadow(connection: duckdb.DuckDBPyConnection, statement: str) -> None:
    """Run one TEMP statement; a view over raw items that the file never had leaves the stored table in view."""
    try:
        connection.execute(statement)
    except (duckdb.CatalogException, duckdb.BinderException):
        return
