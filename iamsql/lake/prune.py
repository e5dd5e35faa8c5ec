"""Remove old runs and old events from a lake, and delete the files that nothing lists any more.

A file is deleted when no manifest of the grace period lists it and it is older than that period. So a query that began with an
earlier manifest finds its files, and a command that has not yet committed its files does not lose them.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain

from iamsql.lake.files import MissingFileError, StoredFile
from iamsql.lake.manifest import (
    MANIFEST_PATH_PATTERN,
    all_run_files,
    commit,
    existing_manifest,
    read_manifest,
    read_manifest_version,
)
from iamsql.lake.model import EventFile, LakeRun, Manifest
from iamsql.lake.paths import is_lake_file
from iamsql.lake.selection import group_event_files, parse_time, select_organization
from iamsql.lake.storage import Storage
from iamsql.model import Result
from iamsql.render.cells import pluralize
from iamsql.runs.prune import Limits
from iamsql.runs.status import FINISHED_STATUSES
from iamsql.runs.store.limits import format_size

GRACE_PERIOD = timedelta(days=1)
KEPT_MANIFESTS = 10  # the newest, regardless of their age
COLUMNS = {"organization": "VARCHAR", "content": "VARCHAR", "files": "BIGINT", "bytes": "BIGINT", "why": "VARCHAR"}


@dataclass(frozen=True)
class LakeLimits:
    """What stays: runs as in `runs prune`, and events of days that are at most `events_older_than` ago; None means no limit."""

    runs: Limits
    events_older_than: timedelta | None = None


@dataclass(frozen=True)
class RemovedEntries:
    """What a pruned manifest no longer lists: each run with the reason, and files of events."""

    runs: tuple[tuple[LakeRun, str], ...] = ()
    events: tuple[EventFile, ...] = ()

    def table(self) -> Result:
        """Return a row for each run, and one for the events of each organization."""
        rows: list[tuple[object, ...]] = [(run.organization, run.run_id, None, run.size, why) for run, why in self.runs]
        for (organization,), files in group_event_files(self.events, lambda file: (file.organization,)):
            days = f"days from {min(file.day for file in files)} to {max(file.day for file in files)}"
            rows.append((organization, "events", len(files), sum(file.file.size for file in files), days))
        return Result(tuple(COLUMNS), rows, tuple(COLUMNS.values()))


@dataclass(frozen=True)
class PruneResult:
    """What was removed, the deleted files, whether this was only planned, and whether a later prune deletes files of it."""

    removed: RemovedEntries
    deleted: Sequence[StoredFile]
    dry_run: bool
    waits: bool

    def lines(self) -> list[str]:
        """Return the lines for the user."""
        files = f"{pluralize(len(self.deleted), 'file')} of {format_size(sum(file.size for file in self.deleted))}"
        runs, events = len(self.removed.runs), len(self.removed.events)
        entries = f"{pluralize(runs, 'run')} and {pluralize(events, 'file')} of events"
        if self.dry_run:
            return [f"{entries} would be removed from the manifest, and {files} would be deleted now."]
        later_line = (
            ["Their files are deleted by a later prune, because queries may still read them."] if self.waits else []
        )
        return [f"Removed {entries} from the manifest, and deleted {files}.", *later_line]


def prune(
    storage: Storage,
    limits: LakeLimits,
    organization: str | None = None,
    *,
    dry_run: bool = False,
    grace: timedelta = GRACE_PERIOD,
    now: datetime | None = None,
) -> PruneResult:
    """Remove the runs and events beyond the limits from the manifest, and delete the files that are no longer needed.

    The newest complete run of an organization stays. Raise IamsqlError, and delete nothing, if the files of a run are unknown.
    """
    current_time = now or datetime.now(UTC)
    removed = RemovedEntries()

    def change(manifest: Manifest) -> Manifest:
        nonlocal removed
        removed = entries_beyond_limits(select_organization(manifest, organization, storage.name), limits, current_time)
        runs, events = {run for run, _ in removed.runs}, set(removed.events)
        return replace(
            manifest,
            runs=tuple(run for run in manifest.runs if run not in runs),
            events=tuple(file for file in manifest.events if file not in events),
        )

    current_manifest = existing_manifest(storage)
    if dry_run:
        change(current_manifest)
    else:
        commit(storage, change)
    # The time after the commit: without a grace period, the files that it has removed are deleted at once.
    deleted_files = list(unused_files(storage, _time_before(now or datetime.now(UTC), grace)))
    if not dry_run:
        storage.delete(file.path for file in deleted_files)
    return PruneResult(removed, deleted_files, dry_run, removed != RemovedEntries() and grace > timedelta())


def _time_before(now: datetime, age: timedelta) -> datetime:
    """Return the time that is an age ago; the first time of the calendar if the age is longer."""
    try:
        return now - age
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def entries_beyond_limits(manifest: Manifest, limits: LakeLimits, now: datetime) -> RemovedEntries:
    """Return the runs and the files of events that are beyond the limits."""
    organizations = sorted({run.organization for run in manifest.runs})
    runs = [
        run_and_reason
        for organization in organizations
        for run_and_reason in _runs_beyond_limits(
            [run for run in manifest.runs if run.organization == organization], limits.runs, now
        )
    ]
    events: list[EventFile] = []
    if limits.events_older_than is not None:
        first_kept_day = _time_before(now, limits.events_older_than).date().isoformat()
        events = [file for file in manifest.events if file.day < first_kept_day]
    return RemovedEntries(tuple(runs), tuple(events))


def _runs_beyond_limits(runs: Sequence[LakeRun], limits: Limits, now: datetime) -> Iterator[tuple[LakeRun, str]]:
    """Yield the runs of an organization that are beyond the limits, newest first, each with the reason."""
    sorted_runs = sorted(runs, key=lambda run: (run.started_at, run.run_id), reverse=True)
    protected_run = next((run for run in sorted_runs if run.status == "complete"), sorted_runs[0])
    newer_runs = 0
    for run in sorted_runs:
        started = parse_time(run.started_at)
        reason = limits.beyond(newer_runs, started, now) if started else ""
        if reason and run is not protected_run:
            yield run, reason
        newer_runs += run.status in FINISHED_STATUSES


def unused_files(storage: Storage, before: datetime) -> Iterator[StoredFile]:
    """Yield the files that were last changed before a time and that no manifest since then lists, and old manifests."""
    # Listed first: a manifest that is written later lists files that are newer than `before`, or that an earlier one lists.
    stored_files = [file for file in storage.listing() if is_lake_file(file.path)]
    manifest_files = sorted(
        (file for file in stored_files if MANIFEST_PATH_PATTERN.fullmatch(file.path)), key=lambda file: file.path
    )
    replacement_times = [file.modified for file in manifest_files[1:]]
    replaced_paths = {file.path for file, time in zip(manifest_files, replacement_times, strict=False) if time < before}
    used_paths = {file.path for file in manifest_files[-KEPT_MANIFESTS:]} | {
        file.path for file in manifest_files
    } - replaced_paths
    newest_manifest, existing_paths = read_manifest(storage), {file.path for file in stored_files}
    runs = set(newest_manifest.runs)
    for manifest in chain([newest_manifest], _manifests(storage, manifest_files, replaced_paths)):
        # A `prune` with a shorter grace period can have deleted the files of earlier runs.
        runs |= {run for run in manifest.runs if run.files.path in existing_paths}
        used_paths |= {events.file.path for events in manifest.events}
    for run, files in zip(runs, all_run_files(storage, runs), strict=True):
        used_paths |= {run.files.path, *(file.path for entries in files.tables.values() for file in entries)}
    yield from (file for file in stored_files if file.path not in used_paths and file.modified < before)


def _manifests(storage: Storage, versions: Sequence[StoredFile], replaced: Container[str]) -> Iterator[Manifest]:
    """Yield the manifests that are not replaced; another `prune` can delete one at the same time."""
    for file in versions:
        if file.path not in replaced:
            with suppress(MissingFileError):
                yield read_manifest_version(storage, file.path)
