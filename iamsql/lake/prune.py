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

from iamsql.lake.files import MissingFile, StoredFile
from iamsql.lake.manifest import NAME, all_run_files, commit, existing_manifest, read_manifest, read_version
from iamsql.lake.model import EventFile, LakeRun, Manifest
from iamsql.lake.paths import is_lake_file
from iamsql.lake.selection import grouped, moment, selected
from iamsql.lake.storage import Storage
from iamsql.model import Result
from iamsql.render.cells import counted
from iamsql.runs.prune import Limits
from iamsql.runs.status import FINISHED
from iamsql.runs.store.limits import format_size

GRACE = timedelta(days=1)
NEWEST_MANIFESTS = 10  # the newest, regardless of their age
COLUMNS = {"organization": "VARCHAR", "content": "VARCHAR", "files": "BIGINT", "bytes": "BIGINT", "why": "VARCHAR"}


@dataclass(frozen=True)
class LakeLimits:
    """What stays: runs as in `runs prune`, and events of days that are at most `events_older_than` ago; None means no limit."""

    runs: Limits
    events_older_than: timedelta | None = None


@dataclass(frozen=True)
class Removed:
    """What a pruned manifest no longer lists: each run with the reason, and files of events."""

    runs: tuple[tuple[LakeRun, str], ...] = ()
    events: tuple[EventFile, ...] = ()

    def table(self) -> Result:
        """Return a row for each run, and one for the events of each organization."""
        rows: list[tuple[object, ...]] = [(run.organization, run.run_id, None, run.size, why) for run, why in self.runs]
        for (organization,), files in grouped(self.events, lambda file: (file.organization,)):
            days = f"days from {min(file.day for file in files)} to {max(file.day for file in files)}"
            rows.append((organization, "events", len(files), sum(file.file.size for file in files), days))
        return Result(tuple(COLUMNS), rows, tuple(COLUMNS.values()))


@dataclass(frozen=True)
class PruneResult:
    """What was removed, the deleted files, whether this was only planned, and whether a later prune deletes files of it."""

    removed: Removed
    deleted: Sequence[StoredFile]
    dry_run: bool
    waits: bool

    def lines(self) -> list[str]:
        """Return the lines for the user."""
        files = f"{counted(len(self.deleted), 'file')} of {format_size(sum(file.size for file in self.deleted))}"
        runs, events = len(self.removed.runs), len(self.removed.events)
        entries = f"{counted(runs, 'run')} and {counted(events, 'file')} of events"
        if self.dry_run:
            return [f"{entries} would be removed from the manifest, and {files} would be deleted now."]
        later = ["Their files are deleted by a later prune, because queries may still read them."] if self.waits else []
        return [f"Removed {entries} from the manifest, and deleted {files}.", *later]


def prune(
    storage: Storage,
    limits: LakeLimits,
    organization: str | None = None,
    *,
    dry_run: bool = False,
    grace: timedelta = GRACE,
    now: datetime | None = None,
) -> PruneResult:
    """Remove the runs and events beyond the limits from the manifest, and delete the files that are no longer needed.

    The newest complete run of an organization stays. Raise IamsqlError, and delete nothing, if the files of a run are unknown.
    """
    time = now or datetime.now(UTC)
    removed = Removed()

    def change(manifest: Manifest) -> Manifest:
        nonlocal removed
        removed = beyond(selected(manifest, organization, storage.name), limits, time)
        runs, events = {run for run, _ in removed.runs}, set(removed.events)
        return replace(
            manifest,
            runs=tuple(run for run in manifest.runs if run not in runs),
            events=tuple(file for file in manifest.events if file not in events),
        )

    current = existing_manifest(storage)
    if dry_run:
        change(current)
    else:
        commit(storage, change)
    # The time after the commit: without a grace period, the files that it has removed are deleted at once.
    deleted = list(unused(storage, _before(now or datetime.now(UTC), grace)))
    if not dry_run:
        storage.delete(file.path for file in deleted)
    return PruneResult(removed, deleted, dry_run, removed != Removed() and grace > timedelta())


def _before(now: datetime, age: timedelta) -> datetime:
    """Return the time that is an age ago; the first time of the calendar if the age is longer."""
    try:
        return now - age
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def beyond(manifest: Manifest, limits: LakeLimits, now: datetime) -> Removed:
    """Return the runs and the files of events that are beyond the limits."""
    organizations = sorted({run.organization for run in manifest.runs})
    runs = [
        run_and_reason
        for organization in organizations
        for run_and_reason in _runs_beyond(
            [run for run in manifest.runs if run.organization == organization], limits.runs, now
        )
    ]
    events: list[EventFile] = []
    if limits.events_older_than is not None:
        first = _before(now, limits.events_older_than).date().isoformat()
        events = [file for file in manifest.events if file.day < first]
    return Removed(tuple(runs), tuple(events))


def _runs_beyond(runs: Sequence[LakeRun], limits: Limits, now: datetime) -> Iterator[tuple[LakeRun, str]]:
    """Yield the runs of an organization that are beyond the limits, newest first, each with the reason."""
    ordered = sorted(runs, key=lambda run: (run.started_at, run.run_id), reverse=True)
    protected = next((run for run in ordered if run.status == "complete"), ordered[0])
    newer = 0
    for run in ordered:
        started = moment(run.started_at)
        reason = limits.beyond(newer, started, now) if started else ""
        if reason and run is not protected:
            yield run, reason
        newer += run.status in FINISHED


def unused(storage: Storage, before: datetime) -> Iterator[StoredFile]:
    """Yield the files that were last changed before a time and that no manifest since then lists, and old manifests."""
    # Listed first: a manifest that is written later lists files that are newer than `before`, or that an earlier one lists.
    stored = [file for file in storage.listing() if is_lake_file(file.path)]
    versions = sorted((file for file in stored if NAME.fullmatch(file.path)), key=lambda file: file.path)
    following = [file.modified for file in versions[1:]]
    replaced = {file.path for file, time in zip(versions, following, strict=False) if time < before}
    used = {file.path for file in versions[-NEWEST_MANIFESTS:]} | {file.path for file in versions} - replaced
    newest, existing = read_manifest(storage), {file.path for file in stored}
    runs = set(newest.runs)
    for manifest in chain([newest], _manifests(storage, versions, replaced)):
        # A `prune` with a shorter grace period can have deleted the files of earlier runs.
        runs |= {run for run in manifest.runs if run.files.path in existing}
        used |= {events.file.path for events in manifest.events}
    for run, files in zip(runs, all_run_files(storage, runs), strict=True):
        used |= {run.files.path, *(file.path for entries in files.tables.values() for file in entries)}
    yield from (file for file in stored if file.path not in used and file.modified < before)


def _manifests(storage: Storage, versions: Sequence[StoredFile], replaced: Container[str]) -> Iterator[Manifest]:
    """Yield the manifests that are not replaced; another `prune` can delete one at the same time."""
    for file in versions:
        if file.path not in replaced:
            with suppress(MissingFile):
                yield read_version(storage, file.path)
