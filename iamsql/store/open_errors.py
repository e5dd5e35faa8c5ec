"""Why a run file cannot be read: another writes it, a newer iamsql or DuckDB made it, or it is damaged."""

from __future__ import annotations

import os
import re
from pathlib import Path

import duckdb

from iamsql import __version__
from iamsql.model import IamsqlError
from iamsql.store.connection import AttachError, Attachment, connect

HELD = ("Could not set lock on file", "Unique file handle conflict")
NEWER = "created with a newer version of DuckDB"
PROCESS = re.compile(r"\(PID (\d+)\)")
UPGRADE = "pip install --upgrade iamsql"
CORE = {  # of the schema iamsql, what every run file has since the first, and every answer asks
    "run": "run_id started_at finished_at iamsql_version schema_fingerprint options status",
    "accounts": "account_id name state selected outcome reason",
    "coverage": "account_id region service operation status error_code items",
    "queries": "name version sql",
    "table_calls": "table_name service operation stand_in_for",
}
UNFINISHED = (".partial", ".before")  # endings of files that a sync writes, whose log DuckDB may still need
COLUMNS = """
select c.schema_name, c.table_name, c.column_name, c.data_type
from system.main.duckdb_columns() c join system.main.duckdb_tables() t using (database_oid, schema_oid, table_oid)
where t.database_name = coalesce(?, system.main.current_database()) and not t.temporary and not c.is_generated
"""
TABLES = """
select table_name from system.main.duckdb_tables()
where schema_name = 'iamsql' and not temporary and database_name = system.main.current_database()
"""
CORE_COLUMNS = """
select table_name, column_name from system.main.duckdb_columns()
where schema_name = 'iamsql' and not is_generated and database_name = system.main.current_database()
"""
RUN = """
select true from system.main.duckdb_tables()
where schema_name = 'iamsql' and table_name = 'run' and database_name = system.main.current_database()
union all select false from system.main.duckdb_views()
where schema_name = 'iamsql' and view_name = 'run' and database_name = system.main.current_database()
"""


class Unopened(IamsqlError):
    """A file that cannot be opened; `kind` is running (another writes it), newer or corrupt, `reason` one line."""

    def __init__(self, message: str, kind: str, reason: str) -> None:
        """Keep the message for the user, and the rest for a list of runs."""
        super().__init__(message)
        self.kind, self.reason = kind, reason


def unopened(path: Path, error: Exception, words: str) -> Unopened:
    """Say why a file cannot be opened, and what to do; `words` are DuckDB's for a file that is damaged."""
    text = str(error)
    if any(one in text for one in HELD):
        by = f"process {found[1]}" if (found := PROCESS.search(text)) else "another program"
        message = (
            f"{path} is being written just now, by {by}.\nAsk it when that is done, or an earlier run: iamsql runs"
        )
        return Unopened(message, "running", f"{by} writes it")
    if NEWER in text:
        message = f"{path} was written with a newer DuckDB, which this iamsql cannot read.\nUpgrade: {UPGRADE}"
        return Unopened(message, "newer", f"written with a newer DuckDB: {UPGRADE}")
    return Unopened(f"{path} cannot be read as a run: {words}", "corrupt", next(iter(words.splitlines()), ""))


def is_run(path: Path, connection: duckdb.DuckDBPyConnection) -> bool:
    """Return whether the database in use has the table that every run has; raise Unopened for a view of that name."""
    found = {table for (table,) in connection.execute(RUN).fetchall()}
    if found == {False}:
        raise altered(path, "it has no table iamsql.run, but a view of that name")
    return True in found


def stored_columns(connection: duckdb.DuckDBPyConnection, database: str | None = None) -> dict[str, dict[str, str]]:
    """Map each table of a database (the one in use by default), named with its schema, to its columns and their types.

    Views are not listed, nor are columns that DuckDB computes when they are read.
    """
    found: dict[str, dict[str, str]] = {}
    for schema, table, column, kind in connection.execute(COLUMNS, [database]).fetchall():
        found.setdefault(f"{schema}.{table}", {})[column] = kind
    return found


def require_no_log(path: Path) -> None:
    """Raise Unopened for a finished file with a write-ahead log beside it: DuckDB applies one, whoever made it.

    That holds for DuckDB 2.0 even where the file is opened read-only, and for the log of another file.
    """
    if path.name.endswith(UNFINISHED):
        return
    for log in dict.fromkeys((f"{path}.wal", f"{os.path.realpath(path)}.wal")):
        if os.path.lexists(log):
            raise Unopened(
                f"{path} has a write-ahead log beside it, {log}, which would change what it says; iamsql leaves none there.\n"
                "Delete the log, or where another program wrote the file, open and close it with that program.",
                "corrupt",
                f"a write-ahead log lies beside it: {log}",
            )


def hold_core(path: Path, connection: duckdb.DuckDBPyConnection, version: str) -> None:
    """Raise Unopened for a run file without the tables and columns that every answer asks, or with views in their place."""
    tables = {table for (table,) in connection.execute(TABLES).fetchall()}
    columns = set(connection.execute(CORE_COLUMNS).fetchall())  # those of views too
    lacking = [f"iamsql.{table}" for table in CORE if table not in tables]
    lacking += [
        f"iamsql.{table}.{one}" for table, names in CORE.items() for one in names.split() if (table, one) not in columns
    ]
    if lacking and is_newer_version(version):
        raise Unopened(
            f"{path} was made by iamsql {version}, newer than this one ({__version__}), which cannot read it.\nUpgrade: {UPGRADE}",
            "newer",
            f"made by iamsql {version}: {UPGRADE}",
        )
    if lacking:
        raise altered(path, f"it has no {'column' if lacking[0].count('.') > 1 else 'table'} {lacking[0]}")


def altered(path: Path, reason: str) -> Unopened:
    """Return the error for a file that somebody altered after it was written."""
    message = f"{path} is not read: {reason}.\nThe file was altered; use a copy whose SHA-256 is known, or sync again."
    return Unopened(message, "corrupt", reason)


def is_newer_version(version: str) -> bool:
    """Tell whether a version of iamsql is higher than this one."""
    return _numbers(version) > _numbers(__version__)


def _numbers(version: str) -> tuple[int, ...]:
    """Give the numbers of a release, by which versions are compared."""
    return tuple(int(part) for part in re.findall(r"\d{1,9}", version.partition("+")[0])[:4])


def is_being_written(path: Path) -> bool:
    """Tell whether a process holds a DuckDB file open for writing; False for one that is damaged, or not there."""
    if not path.is_file():
        return False
    try:
        connect(attach=[Attachment(path, "f")]).close()
    except AttachError as failed:
        return unopened(path, failed.error, "").kind == "running"
    return False
