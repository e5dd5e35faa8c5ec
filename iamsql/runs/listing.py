"""List the runs of a folder."""

from __future__ import annotations

from pathlib import Path

from iamsql.model import Result
from iamsql.runs.status import run_statuses

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


def table_of_runs(folder: Path) -> Result:
    """Return the runs of a folder, newest first, with status, scope, and the number of accounts read and missing."""
    rows = [
        (
            run.run_id,
            status.started or run.started,
            status.organization or None,
            status.read,
            status.missing,
            status.status,
            status.scope.words() if status.scope else None,
            run.size,
            status.version or None,
            status.note or None,
        )
        for run, status in run_statuses(folder)
    ]
    return Result(tuple(COLUMNS), rows, tuple(COLUMNS.values()))
