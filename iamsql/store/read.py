"""Open a run file (or any DuckDB file) so that SQL from anywhere can do no harm: read-only and sandboxed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from iamsql.model import IamsqlError, Result
from iamsql.sqltext import literal
from iamsql.store.gaps import Coverage, call_counts, calls_of, coverage_of
from iamsql.store.names import Names
from iamsql.store.states import State, states

CONFIG = {"autoload_known_extensions": "false", "autoinstall_known_extensions": "false"}
KINDS = {
    duckdb.StatementType.SELECT,
    duckdb.StatementType.EXPLAIN,
    duckdb.StatementType.COPY,
    duckdb.StatementType.MULTI,
}
ALLOWED = "SELECT, FROM, VALUES, WITH, PIVOT, DESCRIBE, SUMMARIZE, SHOW, EXPLAIN and COPY … TO"
ERROR_LINES = 8


@dataclass(frozen=True)
class Facts:
    """What a run file says of itself; all empty for a file that iamsql did not make."""

    run_id: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    iamsql_version: str = ""
    schema_fingerprint: str = ""
    caller_arn: str = ""
    partition: str = ""
    organization_id: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    status: str = ""
    window_start: datetime | None = None
    window_end: datetime | None = None
    management_account_id: str = ""


class Reader:
    """One open file: runs statements, tells which tables they name and which accounts those tables lack."""

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self.path = path
        self._connection = connection
        self._names = Names(connection)
        self.facts = self._meta()

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
        return set().union(*(self._names.of(statement.query) for statement in self._statements(sql)))

    def coverage_gaps(self, tables: set[str]) -> Coverage:
        """Say which accounts the tables lack, and why."""
        return coverage_of(self._connection, tables) if self.facts.run_id else Coverage()

    def calls_of(self, tables: set[str]) -> dict[str, list[tuple[str, str, str | None]]]:
        """List the calls that tables stand on: service, operation and the operation it stands in for."""
        return calls_of(self._connection, tables) if self.facts.run_id else {}

    def call_counts(self) -> dict[tuple[str, str], tuple[int, int, int]]:
        """Count, for each call, the accounts that it was read in, not read in, and not asked in."""
        return call_counts(self._connection) if self.facts.run_id else {}

    def states(self, tables: Sequence[str]) -> dict[str, State]:
        """Judge how far the run has each table; those that it says nothing of are left out."""
        return states(self._connection, tables) if self.facts.run_id else {}

    def shadow(self, statements: Sequence[str]) -> None:
        """Make TEMP views and macros, which stand before what the file holds of their names."""
        for statement in statements:
            _shadow(self._connection, statement)
        if statements:
            self._names = Names(self._connection)

    def settle(self, names: Sequence[str]) -> None:
        """Make TEMP tables of those TEMP views, which are worked out anew for each question; sources before what reads them."""
        held = "select view_name from duckdb_views() where temporary and not internal and schema_name = 'main'"
        views = {name for (name,) in self._connection.execute(held).fetchall()}
        for name in (one for one in names if one in views):
            with suppress(duckdb.Error):  # what cannot be worked out is told by the question that needs it
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
        """Let go of the file."""
        self._connection.close()

    def _statements(self, sql: str) -> list[duckdb.Statement]:
        try:
            statements = self._connection.extract_statements(sql)
        except duckdb.Error as error:
            raise IamsqlError(words(error)) from error
        if not statements:
            raise IamsqlError("There is no SQL statement to run.")
        for statement in statements:
            if statement.type not in KINDS:
                raise IamsqlError(f"{statement.type.name} is not allowed on a run file: only {ALLOWED}.")
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
            raise IamsqlError(words(error)) from error
        described = cursor.description or []
        return Result(
            tuple(column[0] for column in described), rows, tuple(type_name(column[1]) for column in described)
        )

    def _meta(self) -> Facts:
        held = "select 1 from duckdb_tables() where schema_name = 'iamsql' and table_name = 'run'"
        if not self._connection.execute(held).fetchone():
            return Facts()
        cursor = self._connection.execute("select * from iamsql.run limit 1")
        row = dict(zip((column[0] for column in cursor.description), cursor.fetchone() or (), strict=False))
        row["options"] = json.loads(row.get("options") or "{}")
        return Facts(**{name: row[name] for name in Facts.__dataclass_fields__ if row.get(name) is not None})


Prelude = Callable[[Facts], Sequence[str]]


def open_run(
    path: Path,
    *,
    allow_files: bool = False,
    write_to: Sequence[str] = (),
    write_under: Path | None = None,
    prelude: Prelude | None = None,
) -> Reader:
    """Open a DuckDB file read-only; `prelude` gives TEMP statements to run before the configuration is locked.

    Statements may write the files `write_to`, and what they like in the folder `write_under`.
    """
    if not path.is_file():
        raise IamsqlError(f"There is no run file {path}.\nSee what there is with: iamsql runs")
    try:
        connection = duckdb.connect(str(path), read_only=True, config=dict(CONFIG))
        connection.execute("set TimeZone = 'UTC'; set enable_progress_bar = false")
        reader = Reader(path, connection)
        reader.shadow(prelude(reader.facts) if prelude and reader.facts.run_id else ())
        for setting in _locks(allow_files, write_to, write_under):
            connection.execute(setting)
    except duckdb.Error as error:
        raise IamsqlError(f"{path} cannot be read as a run: {words(error, 2)}") from error
    return reader


def _shadow(connection: duckdb.DuckDBPyConnection, statement: str) -> None:
    """Run one TEMP statement; a view over raw items that the file never had leaves the stored table in view."""
    try:
        connection.execute(statement)
    except (duckdb.CatalogException, duckdb.BinderException):
        return


def _locks(allow_files: bool, write_to: Sequence[str], write_under: Path | None) -> list[str]:
    """List the settings that close the sandbox, in the order in which DuckDB takes them."""
    beside = [str(Path(target).with_name("tmp_" + Path(target).name)) for target in write_to]
    quoted = ", ".join(map(literal, (*write_to, *beside)))
    under = literal(write_under) if write_under else ""
    shut = [
        f"set allowed_paths = [{quoted}]",
        f"set allowed_directories = [{under}]",
        "set enable_external_access = false",
    ]
    return [*([] if allow_files else shut), "set lock_configuration = true"]


def words(error: Exception, lines: int = ERROR_LINES) -> str:
    """Keep DuckDB's own words: the message, its hint, and the LINE with its marker."""
    kept = [line.rstrip() for line in str(error).splitlines() if line.strip()]
    marked = next((place for place, line in enumerate(kept) if line.startswith("LINE ")), len(kept))
    tail = kept[marked : marked + 2] if lines > 2 else []
    return "\n".join([*kept[: min(marked, lines - len(tail))], *tail])


def also(names: Sequence[str]) -> str:
    """Name further parameters that are missing."""
    return "".join(f" --arg {name}=VALUE" for name in names)


def type_name(kind: object) -> str:
    """Spell a column's type as DuckDB does; a column of NULLs has the type NULL."""
    return str(kind).strip('"')
