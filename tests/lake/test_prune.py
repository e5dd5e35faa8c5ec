"""Pruning: what is beyond the limits leaves the manifest at once, and its files only when no query can read them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from iamsql.lake.compact import compact
from iamsql.lake.manifest import commit, manifest_path, read_manifest
from iamsql.lake.model import Manifest
from iamsql.lake.open_storage import open_storage
from iamsql.lake.prune import GRACE_PERIOD, LakeLimits, entries_beyond_limits, prune
from iamsql.lake.storage import Storage
from iamsql.lake.verify import verify
from iamsql.model import IamsqlError
from iamsql.runs.prune import Limits
from tests.lake.interrupted import at_each_write
from tests.lake.lakes import ORG, OTHER, adding, event_rows, new_events, new_lake, new_run, run_id

NOTHING = LakeLimits(Limits())
MARCH_20 = datetime(2026, 3, 20, 9, tzinfo=UTC)


def later(days: float = 2) -> datetime:
    """Return a time after the grace period of files that are written now."""
    return datetime.now(UTC) + timedelta(days=days)


def paths(storage: Storage) -> set[str]:
    """Return the paths of all files but the manifests."""
    return {file.path for file in storage.listing() if not file.path.startswith("manifest/")}


def runs_of(manifest: Manifest) -> list[tuple[str, str]]:
    """Return the organization and the ID of each run."""
    return sorted((run.organization, run.run_id) for run in manifest.runs)


@pytest.mark.slow
def test_old_runs_leave_the_manifest_and_their_files_stay_for_a_day(storage: Storage) -> None:
    before = new_lake(storage)
    files = paths(storage)
    outcome = prune(storage, LakeLimits(Limits(keep=1)))
    assert runs_of(read_manifest(storage)) == [(OTHER, run_id(1)), (ORG, run_id(3))]
    assert [row[:3] for row in outcome.removed.table().rows] == [(ORG, run_id(2), None), (ORG, run_id(1), None)]
    assert paths(storage) == files and outcome.deleted == []
    assert outcome.lines()[0] == "Removed 2 runs and 0 files of events from the manifest, and deleted 0 files of 0 KB."
    assert [file.path for file in prune(storage, NOTHING, now=later()).deleted] == sorted(
        path
        for path in files
        if path.startswith(("runs/", "state/")) and (run_id(1) in path or run_id(2) in path) and ORG in path
    )
    assert read_manifest(storage).events == before.events
    assert verify(storage).intact and verify(storage).lines == []


@pytest.mark.slow
def test_old_events_leave_the_manifest(storage: Storage) -> None:
    new_lake(storage)
    outcome = prune(storage, LakeLimits(Limits(), timedelta(days=18)), now=MARCH_20)
    assert {events.day for events in read_manifest(storage).events} == {"2026-03-02", "2026-03-03"}
    assert [row[1:3] for row in outcome.removed.table().rows] == [("events", 1), ("events", 4)]
    prune(storage, NOTHING, now=later())
    assert not [path for path in paths(storage) if "2026-03-01" in path and path.startswith("events")]
    assert verify(storage).intact


def test_files_that_compact_replaced_are_deleted_after_the_grace_period(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path))
    rows = event_rows(storage, new_lake(storage))
    compact(storage)
    assert prune(storage, NOTHING).deleted == []
    assert len(prune(storage, NOTHING, now=later()).deleted) == 4
    assert event_rows(storage, read_manifest(storage)) == rows


def test_a_file_that_a_manifest_of_the_grace_period_lists_stays(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path))
    before = new_lake(storage)
    age_files(tmp_path, 5)
    prune(storage, LakeLimits(Limits(keep=1), timedelta(0)))
    assert len(event_rows(storage, before)) == 10
    age_files(tmp_path, 0.9)
    assert prune(storage, NOTHING).deleted == []
    age_files(tmp_path, 1.1)
    assert len(prune(storage, NOTHING).deleted) == 11


def age_files(folder: Path, days: float) -> None:
    """Set the last change of the files back by a number of days."""
    for path in folder.rglob("*.*"):
        status = path.stat()
        os.utime(path, times=(status.st_mtime - days * 86_400,) * 2)


def test_a_prune_with_a_longer_grace_period_follows_a_shorter_one(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path))
    new_lake(storage)
    first = prune(storage, LakeLimits(Limits(keep=1)), grace=timedelta())
    assert (len(first.deleted), len(first.lines())) == (4, 1)
    compact(storage)
    assert prune(storage, NOTHING).deleted == [] and verify(storage).intact
    assert len(prune(storage, NOTHING, grace=timedelta()).deleted) == 4


def test_files_of_a_command_that_has_not_committed_stay(storage: Storage) -> None:
    new_lake(storage, [1])
    run, events = new_run(storage, 2), new_events(storage, 2, 2, ["2-a"])
    prune(storage, LakeLimits(Limits(keep=1)))
    commit(storage, adding([run], [events]))
    assert verify(storage).intact


def test_temporary_files_are_deleted_and_files_of_another_origin_are_not(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path))
    new_lake(storage, [1])
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "events" / "mine.parquet").write_text("mine")
    (tmp_path / "manifest" / ".00000002.json.0a1b2c3d.tmp").write_text("{")
    assert [file.path for file in prune(storage, NOTHING, now=later()).deleted] == [
        "manifest/.00000002.json.0a1b2c3d.tmp"
    ]
    assert (tmp_path / "notes.txt").exists() and (tmp_path / "events" / "mine.parquet").exists()


def test_the_ten_newest_manifests_stay(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path))
    new_lake(storage, [1])
    for number in range(14):
        commit(
            storage,
            lambda manifest, number=number: replace(manifest, runs=(replace(manifest.runs[0], accounts=number),)),
        )
    assert prune(storage, NOTHING).deleted == []
    deleted = [file.path for file in prune(storage, NOTHING, now=later()).deleted]
    assert [path for path in deleted if path.startswith("manifest/")] == [
        manifest_path(version) for version in range(1, 6)
    ]
    assert read_manifest(storage).version == 15


def test_a_dry_run_changes_nothing(storage: Storage) -> None:
    before = new_lake(storage)
    files = paths(storage)
    outcome = prune(storage, LakeLimits(Limits(keep=1)), dry_run=True, now=later())
    assert (read_manifest(storage), paths(storage)) == (before, files)
    assert len(outcome.removed.runs) == 2
    assert outcome.lines() == [
        "2 runs and 0 files of events would be removed from the manifest, and 0 files of 0 KB would be deleted now."
    ]


def test_an_age_beyond_the_calendar_keeps_everything(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path))
    new_lake(storage, [1])
    age = timedelta(days=36_499_635)
    outcome = prune(storage, LakeLimits(Limits(older_than=age), age), grace=age)
    assert outcome.removed.table().rows == [] and outcome.deleted == []


def test_only_an_organization_is_pruned(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path))
    new_lake(storage)
    commit(storage, adding([new_run(storage, 2, OTHER)]))
    prune(storage, LakeLimits(Limits(keep=1)), OTHER)
    assert runs_of(read_manifest(storage)) == [(OTHER, run_id(2)), *((ORG, run_id(day)) for day in (1, 2, 3))]


def test_the_newest_complete_run_stays(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path))
    runs = [new_run(storage, 1), new_run(storage, 2), new_run(storage, 3, status="incomplete")]
    manifest = Manifest(1, tuple(runs))

    def removed(limits: Limits) -> list[str]:
        return [run.run_id for run, _ in entries_beyond_limits(manifest, LakeLimits(limits), MARCH_20).runs]

    assert removed(Limits(keep=0)) == [run_id(3), run_id(1)]
    assert removed(Limits(keep=1)) == [run_id(1)]
    assert removed(Limits(keep=1, older_than=timedelta(days=30))) == []
    assert removed(Limits(older_than=timedelta(days=17))) == [run_id(1)]
    assert removed(Limits()) == []


def test_nothing_is_deleted_without_a_manifest_or_with_one_that_is_damaged(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path))
    manifest = new_lake(storage, [1])
    (tmp_path / manifest.runs[0].files.path).write_text("{}")
    files = paths(storage)
    with pytest.raises(IamsqlError, match="was changed"):
        prune(storage, NOTHING, now=later())
    (tmp_path / manifest_path(1)).write_text("{}")
    with pytest.raises(IamsqlError, match="was written by"):
        prune(storage, NOTHING, now=later())
    (tmp_path / manifest_path(1)).unlink()
    with pytest.raises(IamsqlError, match="There is no lake in"):
        prune(storage, NOTHING, now=later())
    assert paths(storage) == files


@pytest.mark.slow
def test_a_prune_that_is_killed_at_any_write_leaves_a_lake_that_is_intact(tmp_path: Path) -> None:
    first = open_storage(str(tmp_path / "first"))
    new_lake(first, [1, 2])
    prune(first, LakeLimits(Limits(keep=1)))

    def lakes() -> Iterator[Storage]:
        for number in count():
            yield (storage := open_storage(str(shutil.copytree(tmp_path / "first", tmp_path / f"lake{number}"))))
            assert verify(storage).intact
            assert len(event_rows(storage, read_manifest(storage))) in (2, 7)
            prune(storage, NOTHING, now=later())
            assert verify(storage).intact and verify(storage).lines == []

    created = lakes()
    limits, everything = LakeLimits(Limits(), timedelta(days=18)), timedelta(days=-9999)
    # The manifest, two files of a run, and four files of events.
    writes = at_each_write(lambda lake, _: prune(lake, limits, now=MARCH_20, grace=everything), lambda: next(created))
    assert writes == 7
    next(created)  # verifies the last lake


def test_the_default_grace_period_is_a_day() -> None:
    assert timedelta(days=1) == GRACE_PERIOD
