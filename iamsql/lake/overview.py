"""The content of a lake as rows: its runs, and its events by organization and region. Only the manifest is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from iamsql.lake.manifest import existing_manifest
from iamsql.lake.model import EventFile, LakeRun
from iamsql.lake.selection import group_event_files, parse_time, select_organization
from iamsql.lake.storage import Storage
from iamsql.model import Result
from iamsql.render.cells import pluralize
from iamsql.runs.store.limits import format_size

TIMESTAMP_TYPE = "TIMESTAMP WITH TIME ZONE"
RUN_COLUMNS = {
    "run": "VARCHAR",
    "started_at": TIMESTAMP_TYPE,
    "organization": "VARCHAR",
    "status": "VARCHAR",
    "accounts": "BIGINT",
    "read": "BIGINT",
    "bytes": "BIGINT",
    "iamsql_version": "VARCHAR",
    "added_at": TIMESTAMP_TYPE,
}
EVENT_COLUMNS = {
    "organization": "VARCHAR",
    "region": "VARCHAR",
    "first_day": "VARCHAR",
    "last_day": "VARCHAR",
    "days": "BIGINT",
    "files": "BIGINT",
    "rows": "BIGINT",
    "bytes": "BIGINT",
}


def table_of_lake(storage: Storage, organization: str | None, *, events: bool = False) -> tuple[Result, list[str]]:
    """Return a row for each run, newest first, or for the events of each organization and region, and lines about the events."""
    manifest = select_organization(existing_manifest(storage), organization, storage.name)
    rows, columns = (_event_rows(manifest.events), EVENT_COLUMNS) if events else (_run_rows(manifest.runs), RUN_COLUMNS)
    return Result(tuple(columns), list(rows), tuple(columns.values())), list(_event_lines(manifest.events))


def _run_rows(runs: Sequence[LakeRun]) -> Iterator[tuple[object, ...]]:
    for run in sorted(runs, key=lambda run: (run.started_at, run.organization, run.run_id), reverse=True):
        counts = (run.accounts, run.read, run.size)
        times = (parse_time(run.started_at), parse_time(run.added_at))
        yield (run.run_id, times[0], run.organization, run.status, *counts, run.iamsql_version, times[1])


def _event_rows(events: Iterable[EventFile]) -> Iterator[tuple[object, ...]]:
    for (organization, region), files in group_event_files(events, lambda file: (file.organization, file.region)):
        yield (organization, region, *_sum_totals(files))


def _event_lines(events: Iterable[EventFile]) -> Iterator[str]:
    for (organization,), files in group_event_files(events, lambda file: (file.organization,)):
        first, last, days, file_count, rows, size = _sum_totals(files)
        yield (
            f"Events of {organization}: {pluralize(days, 'day')} from {first} to {last}, {pluralize(rows, 'row')}, "
            f"{pluralize(file_count, 'file')} of {format_size(size)}."
        )


def _sum_totals(files: Sequence[EventFile]) -> tuple[str, str, int, int, int, int]:
    """Return the first and the last day, and the numbers of days, files, rows and bytes."""
    days = {file.day for file in files}
    rows, size = (sum(numbers) for numbers in zip(*((file.file.rows, file.file.size) for file in files), strict=True))
    return min(days), max(days), len(days), len(files), rows, size
