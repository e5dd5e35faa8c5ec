"""The runs of a folder for a reader at a terminal: what differs between runs is a column. Other formats have `table_of_runs`."""

from __future__ import annotations

from pathlib import Path

from iamsql.model import Result
from iamsql.runs.status import RunStatus, run_statuses
from iamsql.tables.registry import all_tables

COLUMNS = {
    "run": "VARCHAR",
    "started_at": "TIMESTAMP WITH TIME ZONE",
    "status": "VARCHAR",
    "read": "BIGINT",
    "missing": "BIGINT",
    "events": "VARCHAR",
    "tables": "VARCHAR",
    "scope": "VARCHAR",
    "note": "VARCHAR",
    "organization": "VARCHAR",
    "bytes": "BIGINT",
    "iamsql_version": "VARCHAR",
}


def listed_runs(folder: Path) -> Result:
    """Return the runs of a folder, newest first, with the events and the number of tables that each collected."""
    total = len(all_tables())
    rows = [
        (
            run.run_id,
            status.started or run.started,
            status.status,
            status.read,
            status.missing,
            _events(status),
            f"{total - len(status.scope.uncollected)} of {total}" if status.scope else None,
            status.scope.words() if status.scope else None,
            status.note or None,
            status.organization or None,
            run.size,
            status.version or None,
        )
        for run, status in run_statuses(folder)
    ]
    return Result(tuple(COLUMNS), rows, tuple(COLUMNS.values()))


def _events(status: RunStatus) -> str | None:
    """Return `trail` for a run with the events of a trail, otherwise `by name` and the names of --event."""
    if status.scope is None:
        return None
    return "trail" if status.scope.trail else ", ".join(["by name", *status.scope.events])
