"""Compaction: the same events in fewer files, even if other writers work at the same time and wherever it is killed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pytest

from iamsql.lake import compact as compact_module
from iamsql.lake.compact import compact, files_to_merge
from iamsql.lake.files import lake_file
from iamsql.lake.manifest import commit, read_manifest
from iamsql.lake.model import Manifest
from iamsql.lake.open_storage import open_storage
from iamsql.lake.prune import LakeLimits, prune
from iamsql.lake.storage import Storage
from iamsql.lake.verify import verify
from iamsql.model import IamsqlError
from iamsql.runs.prune import Limits
from tests.lake.interrupted import at_each_write
from tests.lake.lakes import ORG, OTHER, adding, event_rows, new_events, new_lake, run_id, write_parquet


def files_by_day(manifest: Manifest) -> dict[tuple[str, str], int]:
    """Return the number of event files of each organization and day."""
    keys = [(events.organization, events.day) for events in manifest.events]
    return {key: keys.count(key) for key in sorted(keys)}


@pytest.mark.slow
def test_the_files_of_a_day_become_one_with_the_same_events(storage: Storage) -> None:
    before = new_lake(storage)
    rows = event_rows(storage, before)
    result = compact(storage)
    after = read_manifest(storage)
    assert files_by_day(before)[ORG, "2026-03-01"] == 4
    assert files_by_day(after) == {(ORG, f"2026-03-0{day}"): 1 for day in (1, 2, 3)} | {(OTHER, "2026-03-01"): 1}
    assert event_rows(storage, after) == rows
    [merged] = [events for events in after.events if (events.organization, events.day) == (ORG, "2026-03-01")]
    assert merged.runs == (run_id(1), run_id(2), run_id(3)) and merged.file.rows == 5
    assert result.rows == [(ORG, "us-east-1", "2026-03-01", 4, 5, result.rows[0][5], merged.file.size)]
    assert verify(storage).intact and compact(storage).rows == []


def test_the_replaced_files_stay_for_queries_that_run(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path))
    before = new_lake(storage)
    rows = event_rows(storage, before)
    compact(storage)
    assert event_rows(storage, before) == rows
    assert verify(storage).lines[0].startswith("4 files of ")


def test_only_an_organization_and_the_last_days(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path))
    new_lake(storage)
    commit(storage, adding([], [new_events(storage, 3, 4, ["4-d"]), new_events(storage, 1, 2, ["x-y"], OTHER)]))
    assert [row[:3] for row in compact(storage, days=3, now=datetime(2026, 3, 4, 9, tzinfo=UTC)).rows] == [
        (ORG, "us-east-1", "2026-03-03")
    ]
    assert [row[0] for row in compact(storage, OTHER).rows] == [OTHER]


def test_regions_are_not_mixed(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path))
    events = [
        new_events(storage, 1, run, [f"{run}-a"], region=region)
        for run in (1, 2)
        for region in ("us-east-1", "eu-west-1")
    ]
    commit(storage, adding([], events))
    assert [row[1:4] for row in compact(storage).rows] == [
        ("eu-west-1", "2026-03-01", 2),
        ("us-east-1", "2026-03-01", 2),
    ]


def test_rows_are_sorted_for_pruning_and_a_new_column_is_null_in_older_rows(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path / "lake"))
    older = new_events(storage, 1, 1, ["1-b", "1-a"])
    select = "select '1' as account_id, '2-a' as event_id, 'Event0' as event_name, timestamptz '2026-03-01 09:00:00Z' as event_time"
    source = tmp_path / "newer.parquet"
    write_parquet(source, f"{select}, 'R2' as lake_run, 7 as added_column")
    path = older.file.path.replace(".parquet", "2.parquet")
    storage.upload(source, path)
    commit(storage, adding([], [older, replace(older, file=lake_file(source, path, 1), runs=("R2",))]))
    compact(storage)
    [merged] = read_manifest(storage).events
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"select event_name, event_id, added_column from '{storage.local(merged.file)}'"
        ).fetchall()
    assert rows == [("Event0", "2-a", 7), ("Eventa", "1-a", None), ("Eventb", "1-b", None)]


def test_large_files_are_not_merged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = open_storage(str(tmp_path))
    event = new_events(storage, 1, 1, ["a"])
    files = [
        replace(event, file=replace(event.file, path=f"p{n}", size=size))
        for n, size in enumerate([90, 20, 30, 50, 200, 40])
    ]
    monkeypatch.setattr(compact_module, "MAX_MERGED_BYTES", 100)
    assert [[file.file.size for file in batch] for batch in files_to_merge(files)] == [[20, 30, 40]]


def test_a_file_with_other_rows_than_the_manifest_says_is_an_error(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path))
    first, second = new_events(storage, 1, 1, ["a"]), new_events(storage, 1, 2, ["b"])
    commit(storage, adding([], [first, replace(second, file=replace(second.file, rows=2))]))
    with pytest.raises(IamsqlError, match=r"have 2 events instead of 3\.\n"):
        compact(storage)


def test_a_merge_is_discarded_if_its_files_were_removed_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = open_storage(str(tmp_path))
    new_lake(storage)
    merge = compact_module._merge_files

    def slow(*arguments: Any) -> Any:
        commit(storage, lambda manifest: replace(manifest, events=manifest.events[:1] + manifest.events[2:]))
        return merge(*arguments)

    before = read_manifest(storage).events
    assert before[1] in next(files_to_merge(before))
    monkeypatch.setattr(compact_module, "_merge_files", slow)
    assert compact(storage).rows == []
    assert set(read_manifest(storage).events) == set(before) - {before[1]}


def test_two_compactions_at_once_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = open_storage(str(tmp_path))
    rows = event_rows(storage, new_lake(storage))
    merge, calls = compact_module._merge_files, count()

    def overtaken(*arguments: Any) -> Any:
        if next(calls) == 0:
            compact(storage)
        return merge(*arguments)

    monkeypatch.setattr(compact_module, "_merge_files", overtaken)
    assert compact(storage).rows == []
    assert event_rows(storage, read_manifest(storage)) == rows


@pytest.mark.slow
def test_a_compaction_that_is_killed_at_any_write_loses_nothing(tmp_path: Path) -> None:
    new_lake(open_storage(str(tmp_path / "first")), [1, 2])

    def lakes() -> Iterator[Storage]:
        for number in count():
            yield (storage := open_storage(str(shutil.copytree(tmp_path / "first", tmp_path / f"lake{number}"))))
            assert verify(storage).intact
            assert len(event_rows(storage, read_manifest(storage))) == 7

    created = lakes()
    assert at_each_write(lambda lake, _: compact(lake), lambda: next(created)) == 2
    next(created)  # verifies the last lake


@pytest.mark.slow
def test_a_process_that_is_killed_at_any_time_loses_nothing(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path / "lake"))
    events = [
        new_events(storage, day, run, [f"{day}{run}-{n}" for n in range(50)]) for day in range(1, 9) for run in (1, 2)
    ]
    rows = event_rows(storage, commit(storage, adding([], events)))
    command = [sys.executable, "-m", "iamsql", "lake", "compact", "--lake", str(tmp_path / "lake")]
    for attempt in range(20):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.3 + 0.15 * attempt)
        process.kill()
        process.wait(60)
        assert verify(storage).intact
        assert event_rows(storage, read_manifest(storage)) == rows
    assert subprocess.run(command, check=False).returncode == 0
    assert len(read_manifest(storage).events) == 8
    prune(storage, LakeLimits(Limits()), grace=timedelta(days=-1))
    assert verify(storage).lines == [] and event_rows(storage, read_manifest(storage)) == rows
