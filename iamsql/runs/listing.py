"""The runs of a folder as rows."""

from __future__ import annotations

from pathlib import Path

from iamsql.model import Result
from iamsql.runs.status import glances

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
    """Show the runs of a folder as rows, newest first: how each stands, its scope, and how many accounts it has read and misses."""
    rows = [
        (
            run.run_id,
            told.started or run.started,
            told.organization or None,
            told.read,
            told.missing,
            told.status,
            told.scope.words() if told.scope else None,
            run.size,
            told.version or None,
            told.note or None,
        )
        for run, told in glances(folder)
    ]
    return Result(tuple(COLUMNS), rows, tuple(COLUMNS.values()))
