"""The status of each run: finished or not, its organization, its scope, and the number of accounts read.

Opening a run costs as much as a query, so the statuses of finished runs are stored in `.runs.json` of the folder. An entry
is valid for a file of the same size, modification time and inode, and for the iamsql version that wrote it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from iamsql.model import IamsqlError, Result
from iamsql.render.files import atomic_write
from iamsql.runs.coverage.newer_version import is_newer
from iamsql.runs.coverage.not_collected import find_uncollected
from iamsql.runs.coverage.scope import Scope, read_scope, run_scope
from iamsql.runs.directory import Folder, RunFile, file_name, folder_path, list_runs, read_regular, run_file
from iamsql.runs.store.limits import limited_to
from iamsql.runs.store.open_errors import OpenError
from iamsql.runs.store.reader import open_run
from iamsql.version import __version__

STATUS_FILE_NAME = ".runs.json"
FINISHED_STATUSES = ("complete", "incomplete", "empty")
STORED_STATUSES = (*FINISHED_STATUSES, "foreign")  # statuses that do not change unless the file changes
RESUME_HINT, LATER_RUN_NOTE = "to continue: iamsql sync --resume", "interrupted, and a later run exists"
MERGE_HINT = "an interrupted merge; repeat it: iamsql runs merge"
STATUS_TIMEOUT_SECONDS = 20.0  # time limit for reading the status of a run
MAX_BYTES = 64 * 1024 * 1024  # bytes of `.runs.json`: a run takes about 2 KB
ACCOUNTS_SQL = """
select count(*) filter (outcome in ('complete', 'incomplete')),
    count(*) filter (selected and outcome not in ('complete', 'incomplete'))
from iamsql.accounts
"""
COLUMNS = {
    "run": "VARCHAR",
    "started_at": "TIMESTAMP WITH TIME ZONE",
    "organization": "VARCHAR",
    "read": "BIGINT",
    "missing": "BIGINT",
    "status": "VARCHAR",
    "scope": "VARCHAR",
    "bytes": "BIGINT",
    "iamsql_version": "VARCHAR",
    "note": "VARCHAR",
}


@dataclass(frozen=True)
class RunStatus:
    """The status of a run.

    `status` is one of:

    - complete, incomplete or empty: the run is finished
    - running: a sync writes the run
    - partial: the sync was interrupted
    - newer: only a newer iamsql can read the run
    - foreign: another DuckDB file
    - corrupt: the file cannot be opened

    `read` and `missing` are numbers of accounts in scope. `note` is one line. `caller` is the account of the credentials that
    made the run. `scope` is None if the file does not store the scope.
    """

    status: str
    run_id: str = ""
    started: datetime | None = None
    organization: str = ""
    read: int | None = None
    missing: int | None = None
    version: str = ""
    note: str = ""
    caller: str = ""
    scope: Scope | None = None


def run_statuses(folder: Path) -> list[tuple[RunFile, RunStatus]]:
    """Return the status of every run of a folder, newest first, without runs that disappear while the folder is read."""
    statuses = list(_iter_statuses(folder, list_runs(folder)))
    statuses[1:] = [
        (run, replace(status, note=LATER_RUN_NOTE) if status.note == RESUME_HINT else status)
        for run, status in statuses[1:]
    ]
    return statuses


def table_of_runs(folder: Path) -> Result:
    """Return the runs of a folder, newest first, with status, scope, and the number of accounts read and missing."""
    rows = []
    for run, status in run_statuses(folder):
        status_fields = (
            run.run_id,
            status.started or run.started,
            status.organization or None,
            status.read,
            status.missing,
        )
        scope = status.scope.words() if status.scope else None
        rows.append((*status_fields, status.status, scope, run.size, status.version or None, status.note or None))
    return Result(tuple(COLUMNS), rows, tuple(COLUMNS.values()))


def iter_finished(folder: Folder) -> Iterator[tuple[RunFile, RunStatus]]:
    """Yield the status of the finished runs of a folder, newest first. Files are opened while the caller iterates."""
    return _iter_statuses(folder, (run for run in list_runs(folder) if not run.partial and run.started))


def _iter_statuses(runs_folder: Folder, runs: Iterable[RunFile]) -> Iterator[tuple[RunFile, RunStatus]]:
    """Yield the status of runs, and store the statuses that do not change."""
    folder = folder_path(runs_folder)
    cached_entries = _read_stored(folder)
    stored_entries = dict(cached_entries)
    try:
        for run in runs:
            cached_entry = cached_entries.get(run.path.name, [None])
            is_known = cached_entry[:-1] == [*run.mark]
            for file, status in [(run, cached_entry[-1])] if is_known else _read_statuses(run):
                if status.status in STORED_STATUSES and not file.partial:
                    stored_entries[file.path.name] = [*file.mark, status]
                yield file, status
    finally:
        if stored_entries != cached_entries:
            _write_stored(folder, {name: row for name, row in stored_entries.items() if (folder / name).exists()})


def run_status(run: RunFile) -> RunStatus:
    """Open a run and return its status."""
    try:
        with open_run(run.openable, limits=limited_to(STATUS_TIMEOUT_SECONDS)) as reader:
            return _read_status(run, reader)
    except OpenError as error:
        return RunStatus(error.run_status, started=run.started, note=error.reason)
    except IamsqlError as error:
        return RunStatus("corrupt", started=run.started, note=str(error).splitlines()[0])


def _read_status(run: RunFile, reader: Any) -> RunStatus:
    """Return the status of an open file."""
    metadata = reader.metadata
    if not metadata.run_id:
        return _status_without_id(run, reader)
    newer = is_newer(metadata)
    identity = (metadata.run_id, metadata.started_at and metadata.started_at.astimezone(UTC), metadata.organization_id)
    try:
        read, missing = reader.run(ACCOUNTS_SQL).rows[0]
        scope = run_scope(reader, find_uncollected(reader))
    except IamsqlError as error:
        unread_status, reason = (
            ("newer", "install a newer version of iamsql") if newer else ("corrupt", str(error).splitlines()[0])
        )
        return RunStatus(unread_status, *identity, None, None, metadata.iamsql_version, reason)
    is_finished = metadata.status in FINISHED_STATUSES and not run.partial
    status = metadata.status if is_finished else "newer" if newer and not run.partial else "partial"
    note = f"made by a newer iamsql, {metadata.iamsql_version}" if newer else ""
    if status == "partial":
        note = (
            MERGE_HINT
            if "merged" in metadata.options
            else RESUME_HINT
            if run.partial
            else "was never finished, though its name says so"
        )
    caller = metadata.caller_arn.split(":")[4] if metadata.caller_arn.count(":") > 4 else ""
    return RunStatus(status, *identity, read, missing, metadata.iamsql_version, note, caller, scope)


def _status_without_id(run: RunFile, reader: Any) -> RunStatus:
    """Return the status of a file without a run ID: a partial run that ended before anything was stored, or a foreign file."""
    query = """
        select count(*) filter (schema_name = 'iamsql' and table_name = 'run') = (count(*) > 0)::int
        from system.main.duckdb_tables()
    """
    if run.partial and run.started and reader.run(query).rows[0][0]:
        return RunStatus("partial", started=run.started, note="interrupted before anything was read")
    return RunStatus("foreign", started=run.started, note="a DuckDB file that iamsql did not make")


def _read_statuses(run: RunFile) -> list[tuple[RunFile, RunStatus]]:
    """Open a run and return its status; a partial run may just have been renamed, or the file be deleted."""
    status = run_status(run)
    if status.status in ("corrupt", "foreign") and not run_file(run.path):
        finished_run = run_file(file_name(run.path)) if run.partial else None
        return [(finished_run, run_status(finished_run))] if finished_run else []
    return [(run, status)]


def _read_stored(folder: Path) -> dict[str, list[Any]]:
    """Return the stored entries; {} if they cannot be read, or if another version of iamsql wrote them."""
    with suppress(OSError, ValueError, TypeError, AttributeError, LookupError, RecursionError):
        document = json.loads(read_regular(folder / STATUS_FILE_NAME, MAX_BYTES))
        if document["iamsql"] == __version__:
            return {name: [*row[:-1], _parse_entry(row[-1])] for name, row in document["runs"].items()}
    return {}


def store_statuses(folder: Path, statuses: Iterable[tuple[RunFile, RunStatus]]) -> None:
    """Store statuses that are known without opening the files of the runs."""
    _write_stored(folder, {run.path.name: [*run.mark, status] for run, status in statuses})


def status_text(status: RunStatus) -> str:
    """Return a status as JSON."""
    return json.dumps(asdict(status), default=datetime.isoformat)


def parse_status(text: str) -> RunStatus:
    """Return the status that `status_text` wrote. Raise ValueError for any other text."""
    try:
        return _parse_entry(json.loads(text))
    except (TypeError, AttributeError, LookupError, RecursionError) as error:
        raise ValueError(text[:80]) from error


def _parse_entry(row: dict[str, Any]) -> RunStatus:
    """Return the status of a stored entry; raise ValueError for an invalid one."""
    started = row["started"] and datetime.fromisoformat(row["started"])
    scope = row["scope"] and read_scope(row["scope"])
    status = RunStatus(**{**row, "started": started, "scope": scope})
    texts = (status.status, status.run_id, status.organization, status.version, status.note, status.caller)
    numbers = (status.read, status.missing)
    if status.status not in STORED_STATUSES or not all(isinstance(text, str) for text in texts):
        raise ValueError(status.status)
    if not all(number is None or isinstance(number, int) for number in numbers):
        raise ValueError(status.run_id)
    return status


def _write_stored(folder: Path, entries: dict[str, list[Any]]) -> None:
    """Store the statuses. If the folder cannot be written, the next command opens the runs again."""
    rows: dict[str, list[Any]] = {name: [*row[:-1], asdict(row[-1])] for name, row in entries.items()}
    text = json.dumps({"iamsql": __version__, "runs": rows}, default=datetime.isoformat, indent=0)
    with suppress(IamsqlError):
        atomic_write(folder / STATUS_FILE_NAME, lambda stream: print(text, file=stream), follow=False)


def newest_organization(folder: Path) -> tuple[str, str]:
    """Return the organization of the newest run of AWS, and the ID of the run; '' without one. Imports and samples do not count."""
    for run, status in iter_finished(folder):
        if status.organization and status.scope and not status.scope.imported:
            with open_run(run.path, limits=limited_to(STATUS_TIMEOUT_SECONDS)) as reader:
                if not reader.metadata.options.get("demo"):
                    return status.organization, status.run_id
    return "", ""
