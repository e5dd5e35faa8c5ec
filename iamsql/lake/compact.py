"""Merge the event files of a day into one, so a query opens fewer files and skips more of their rows.

The merged file replaces the others in the manifest. Running queries may still read the others, so `prune` deletes them later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

from iamsql.lake.event_rows import row_group_rows
from iamsql.lake.files import lake_file
from iamsql.lake.manifest import commit, existing_manifest
from iamsql.lake.model import EventFile, Manifest
from iamsql.lake.paths import path_part
from iamsql.lake.selection import group_event_files, select_organization
from iamsql.lake.storage import Storage
from iamsql.model import IamsqlError, Result
from iamsql.runs.store.parquet_merge import merge_parquet

MAX_MERGED_BYTES = 2**28  # bytes of the files that are merged into one, whose rows are sorted with ten times as many
MERGES_PER_COMMIT = 50  # merged files after which the manifest is written
# Most detections select by the name of the event, and DuckDB skips row groups whose names do not occur in the query.
SORT_COLUMNS = ("event_name", "event_time", "event_id")
COLUMNS = {
    "organization": "VARCHAR",
    "region": "VARCHAR",
    "day": "VARCHAR",
    "files": "BIGINT",
    "rows": "BIGINT",
    "bytes": "BIGINT",
    "merged_bytes": "BIGINT",
}


@dataclass(frozen=True)
class Merge:
    """Files of one organization, region and day, and the file that replaces them."""

    sources: tuple[EventFile, ...]
    merged: EventFile

    def row(self) -> tuple[object, ...]:
        """Return the values in the order of COLUMNS."""
        new, size = self.merged, sum(source.file.size for source in self.sources)
        return (new.organization, new.region, new.day, len(self.sources), new.file.rows, size, new.file.size)


def compact(
    storage: Storage, organization: str | None = None, days: int | None = None, now: datetime | None = None
) -> Result:
    """Merge the event files of each organization, region and day, of the last `days` days or of all. Return a row for each merge.

    If another command has replaced or removed the files of a merge, the merge is discarded.
    """
    manifest = select_organization(existing_manifest(storage), organization, storage.name)
    first_day = f"{(now or datetime.now(UTC)) - timedelta(days=days - 1):%Y-%m-%d}" if days else ""
    committed_merges: list[Merge] = []
    pending_merges: list[Merge] = []
    with TemporaryDirectory(prefix="iamsql-") as folder:
        for sources in files_to_merge(file for file in manifest.events if file.day >= first_day):
            pending_merges.append(_merge_files(storage, sources, Path(folder)))
            if len(pending_merges) == MERGES_PER_COMMIT:
                committed_merges += _commit_merges(storage, pending_merges)
                pending_merges = []
    committed_merges += _commit_merges(storage, pending_merges)
    return Result(tuple(COLUMNS), [merge.row() for merge in committed_merges], tuple(COLUMNS.values()))


def files_to_merge(events: Iterable[EventFile]) -> Iterator[tuple[EventFile, ...]]:
    """Yield the files that are merged into one: at least two of a day, of at most MAX_MERGED_BYTES bytes in total."""
    for _, files in group_event_files(events, lambda file: (file.organization, file.region, file.day)):
        batch: list[EventFile] = []
        for file in sorted(files, key=lambda file: file.file.size):
            if sum(file_in_batch.file.size for file_in_batch in batch) + file.file.size > MAX_MERGED_BYTES:
                if len(batch) > 1:
                    yield tuple(batch)
                batch = []
            batch.append(file)
        if len(batch) > 1:
            yield tuple(batch)


def _merge_files(storage: Storage, sources: Sequence[EventFile], folder: Path) -> Merge:
    """Upload the rows of some files as one file. Raise IamsqlError if a row is missing."""
    newest_run_id = max(run for source in sources for run in source.runs)
    target = folder / f"{token_hex(8)}.parquet"
    target.touch(0o600, exist_ok=False)
    try:
        expected_rows = sum(source.file.rows for source in sources)
        files = storage.local_all([source.file for source in sources])
        rows = merge_parquet(files, target, SORT_COLUMNS, row_group_rows(expected_rows))
        if rows != expected_rows:
            raise IamsqlError(
                f"The files of {sources[0].day} have {rows} events instead of {expected_rows}.\n"
                "Compare the lake with its manifest: iamsql lake verify"
            )
        path = f"{sources[0].file.path.rpartition('/')[0]}/{path_part(newest_run_id)}-{token_hex(4)}.parquet"
        storage.upload(target, path)
        merged = replace(
            sources[0],
            file=lake_file(target, path, rows),
            first=min((source.first for source in sources if source.first), default=""),
            last=max(source.last for source in sources),
            runs=tuple(sorted({run for source in sources for run in source.runs})),
        )
    finally:
        target.unlink()
    return Merge(tuple(sources), merged)


def _commit_merges(storage: Storage, merges: Sequence[Merge]) -> list[Merge]:
    """Replace the sources of each merge in the manifest, and return the merges that took place."""
    committed_merges: list[Merge] = []

    def change(manifest: Manifest) -> Manifest:
        current_files = set(manifest.events)
        committed_merges[:] = [merge for merge in merges if current_files.issuperset(merge.sources)]
        removed_files = {source for merge in committed_merges for source in merge.sources}
        events = [file for file in manifest.events if file not in removed_files]
        return replace(manifest, events=(*events, *(merge.merged for merge in committed_merges)))

    commit(storage, change)
    return committed_merges
