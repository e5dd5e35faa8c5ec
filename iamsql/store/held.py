"""Why a run file cannot be read: another writes it, a newer iamsql or DuckDB made it, or it is damaged."""

from __future__ import annotations

import os
import re
from pathlib import Path

import duckdb

from iamsql import __version__
from iamsql.model import IamsqlError
from iamsql.sqltext import literal

HELD = ("Could not set lock on file", "Unique file handle conflict")
NEWER = "created with a newer version of DuckDB"
PROCESS = re.compile(r"\(PID (\d+)\)")
CLOSED = {"autoload_known_extensions": "false", "autoinstall_known_extensions": "false"}
UPGRADE = "pip install --upgrade iamsql"
CORE = {  # of the schema iamsql, what every run file has since the first, and every answer asks
    "run": "run_id, started_at, finished_at, iamsql_version, schema_fingerprint, options, status",
    "accounts": "account_id, name, state, selected, outcome, reason",
    "coverage": "account_id, region, service, operation, status, error_code, items",
    "queries": "name, version, sql",
    "table_calls": "table_name, service, operation, stand_in_for",
}
UNFINISHED = (".partial", ".before")  # endings of files that a sync writes, whose log DuckDB may still need


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
    """Raise Unopened for a run file without the tables and columns that every answer asks."""
    try:
        for table, columns in CORE.items():
            connection.execute(f"select {columns} from iamsql.{table} limit 0")
    except (duckdb.BinderException, duckdb.CatalogException) as error:
        reason = str(error).splitlines()[0]
        if not is_newer_version(version):
            raise unopened(path, error, reason) from error
        raise Unopened(
            f"{path} was made by iamsql {version}, newer than this one ({__version__}), which cannot read it.\nUpgrade: {UPGRADE}",
            "newer",
            f"made by iamsql {version}: {UPGRADE}",
        ) from error


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
    with duckdb.connect(":memory:", config=dict(CLOSED)) as con:
        try:
            con.execute(f"attach {literal(path)} as held (read_only)")
        except duckdb.Error as error:
            return unopened(path, error, "").kind == "running"
    return False
