"""Why a file cannot be opened as a run: another process writes it, a newer version wrote it, or it is damaged."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from iamsql.model import IamsqlError
from iamsql.runs.store.driver import duckdb
from iamsql.runs.store.engine import error_text
from iamsql.runs.store.sandbox import AttachError, Attachment, connect
from iamsql.version import __version__

LOCK_CONFLICT_MESSAGES = ("Could not set lock on file", "Unique file handle conflict")  # in DuckDB's error messages
NEWER_DUCKDB_MESSAGE = "created with a newer version of DuckDB"
PROCESS_ID_PATTERN = re.compile(r"\(PID (\d+)\)")
UPGRADE_HINT = "install a newer version of iamsql"
REQUIRED_COLUMNS = {  # tables and columns of the schema iamsql that iamsql reads for every answer
    "run": "run_id started_at finished_at iamsql_version schema_fingerprint options status",
    "accounts": "account_id name state selected outcome reason",
    "coverage": "account_id region service operation status error_code items",
    "queries": "name version sql",
    "table_calls": "table_name service operation fallback_for",
}
UNFINISHED_SUFFIXES = (".partial", ".before")  # endings of unfinished files, whose log DuckDB still needs
# Functions have the prefix system.main, because a macro of the file with the same name would replace them.
STORED_COLUMNS_SQL = """
select c.schema_name, c.table_name, c.column_name, c.data_type
from system.main.duckdb_columns() c join system.main.duckdb_tables() t using (database_oid, schema_oid, table_oid)
where t.database_name = coalesce(?, system.main.current_database()) and not t.temporary and not c.is_generated
"""


class OpenError(IamsqlError):
    """A file cannot be opened. `run_status` is running (another process writes it), newer or corrupt; `reason` is one line."""

    def __init__(self, message: str, run_status: str, reason: str) -> None:
        """Store the message for the user; `run_status` and `reason` are for the list of runs."""
        super().__init__(message)
        self.run_status, self.reason = run_status, reason


def open_error(path: Path, error: Exception) -> OpenError:
    """Return the error for a file that cannot be opened."""
    message, text = str(error), error_text(error, 2)
    if any(lock_message in message for lock_message in LOCK_CONFLICT_MESSAGES):
        writer = f"process {match[1]}" if (match := PROCESS_ID_PATTERN.search(message)) else "another program"
        return OpenError(
            f"{path} is being written by {writer}.\nWait until the sync is done, or use an earlier run: iamsql runs",
            "running",
            f"{writer} writes it",
        )
    if NEWER_DUCKDB_MESSAGE in message:
        return OpenError(
            f"{path} was written with a newer DuckDB, which this iamsql cannot read.\nTo read it, {UPGRADE_HINT}.",
            "newer",
            f"written with a newer DuckDB: {UPGRADE_HINT}",
        )
    return OpenError(f"{path} cannot be read as a run: {text}", "corrupt", next(iter(text.splitlines()), ""))


def stored_columns(connection: duckdb.DuckDBPyConnection, database: str | None = None) -> dict[str, dict[str, str]]:
    """Map each table, as schema.name, to its columns and their types; `database` is the current one by default.

    Views and generated columns are not listed, because reading them executes SQL of the author of the file.
    """
    tables: dict[str, dict[str, str]] = {}
    for schema, table, column, column_type in connection.execute(STORED_COLUMNS_SQL, [database]).fetchall():
        tables.setdefault(f"{schema}.{table}", {})[column] = column_type
    return tables


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn errors of iamsql's own statements into OpenError with the path of the file, because the file is damaged then."""
    try:
        yield
    except (duckdb.Error, ValueError, RecursionError) as error:
        raise open_error(path, error) from error


def require_file(path: Path) -> None:
    """Raise IamsqlError for a missing run file, and OpenError for a file that must not be opened."""
    if not path.is_file():
        raise IamsqlError(f"There is no run file {path}.\nList the runs with: iamsql runs")
    require_no_log(path)


def require_no_log(path: Path) -> None:
    """Raise OpenError for a finished file with a write-ahead log next to it, because DuckDB would replay the log.

    DuckDB 2.0 replays it even if the file is opened read-only, and if the log belongs to another file.
    """
    if path.name.endswith(UNFINISHED_SUFFIXES):
        return
    for log in dict.fromkeys((f"{path}.wal", f"{os.path.realpath(path)}.wal")):
        if os.path.lexists(log):
            raise OpenError(
                f"{path} has a write-ahead log next to it, {log}, which iamsql did not write and which would change its data.\n"
                "Delete the log; or if another program wrote the file, open and close the file with that program.",
                "corrupt",
                f"it has a write-ahead log: {log}",
            )


def newer_file_error(path: Path, version: str) -> OpenError:
    """Return the error for a run file of a newer iamsql without a table or column of REQUIRED_COLUMNS."""
    message = f"{path} was made by iamsql {version}, newer than this one ({__version__}).\nTo read it, {UPGRADE_HINT}."
    return OpenError(message, "newer", f"made by iamsql {version}: {UPGRADE_HINT}")


def altered_file_error(path: Path, reason: str) -> OpenError:
    """Return the error for a file that was altered after it was written."""
    message = f"{path} is not read: {reason}.\nThe file was altered: use a copy with a known SHA-256, or sync again."
    return OpenError(message, "corrupt", reason)


def is_newer_version(version: str) -> bool:
    """Return whether a version of iamsql is higher than this one."""
    return _version_numbers(version) > _version_numbers(__version__)


def _version_numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a release, for comparison."""
    return tuple(int(part) for part in re.findall(r"\d{1,9}", version.partition("+")[0])[:4])


def is_being_written(path: Path) -> bool:
    """Return whether a process has a DuckDB file open for writing; False for a damaged file and for a missing file."""
    if not path.is_file():
        return False
    try:
        connect(attach=[Attachment(path, "f")]).close()
    except AttachError as attach_error:
        return open_error(path, attach_error.error).run_status == "running"
    return False
