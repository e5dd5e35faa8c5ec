"""Commits: two writers lose nothing in any object store, and a manifest is untrusted input."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from iamsql.lake.files import ChangedFileError, lake_file
from iamsql.lake.manifest import (
    commit,
    existing_manifest,
    manifest_path,
    read_manifest,
    read_run_files,
)
from iamsql.lake.manifest_json import manifest_text, run_files_text
from iamsql.lake.model import EventFile, LakeFile, LakeRun, Manifest, RunFiles
from iamsql.lake.open_storage import open_storage
from iamsql.lake.storage import Storage
from iamsql.model import IamsqlError
from tests.lake.lakes import adding, new_lake, new_run
from tests.lake.object_store import CONFLICT, DENIED, LOST, STALE_LISTING, UNAVAILABLE, ObjectStore, times

FILE = LakeFile("runs/o-1/R-1.json", 3, "a" * 64)
RUN = LakeRun(
    "R1\n'\"=cmd", "o-1", "2026-03-01T12:00:00Z", "2026-03-01T12:10:00Z", "", "", "complete", "0.1.0", "f", 3, 2, FILE, 30,
    "2026-03-01T13:00:00Z",
)  # fmt: skip
EVENT = EventFile(
    LakeFile("events/organization=o-1/event_region=us-east-1/event_day=2026-03-01/R-1.parquet", 9, "b" * 64, 5),
    "o-1", "us-east-1", "2026-03-01", "2026-03-01T00:00:00Z", "2026-03-01T23:59:59.999999Z", ("R1",),
)  # fmt: skip
CONTENT = Manifest(1, (RUN,), (EVENT,))
MANIFEST_PUT = r"manifest/\d+\.json$"
# Without the imports of this module, which take seconds.
WRITER = """
import sys
from dataclasses import replace
from iamsql.lake.manifest import commit
from iamsql.lake.model import LakeFile, LakeRun
from iamsql.lake.open_storage import open_storage
storage = open_storage(sys.argv[1])
file = LakeFile("runs/o-1/R-1.json", 3, "a" * 64)
for number in range(int(sys.argv[3])):
    run = LakeRun(f"{sys.argv[2]}-{number}", "o-1", *[""] * 4, "complete", "0.1.0", "f", 3, 2, file, 30, "")
    commit(storage, lambda manifest: replace(manifest, runs=(*manifest.runs, run)))
"""


def run_named(name: str) -> LakeRun:
    """Return an entry of a manifest with another run ID."""
    return replace(RUN, run_id=name)


def names(manifest: Manifest) -> list[str]:
    """Return the run IDs of a manifest, sorted."""
    return sorted(run.run_id for run in manifest.runs)


def test_a_lake_that_does_not_exist_has_version_0(storage: Storage) -> None:
    assert read_manifest(storage) == Manifest()
    with pytest.raises(IamsqlError, match=r"There is no lake in .*\n.*iamsql lake add"):
        existing_manifest(storage)


def test_a_commit_is_read_as_it_was_written(storage: Storage) -> None:
    assert commit(storage, adding([RUN], [EVENT])) == CONTENT
    assert read_manifest(storage) == CONTENT
    assert commit(storage, lambda manifest: replace(manifest, runs=())).version == 2
    assert read_manifest(storage) == Manifest(2, (), (EVENT,))


def test_a_change_that_changes_nothing_writes_nothing(storage: Storage) -> None:
    commit(storage, adding([RUN]))
    assert commit(storage, lambda manifest: replace(manifest)).version == 1
    assert [file.path for file in storage.listing()] == [manifest_path(1)]


def test_a_manifest_that_no_reader_accepts_is_not_written(tmp_path: Any) -> None:
    storage = open_storage(str(tmp_path))
    for path in ("../x", "events/*.parquet"):
        with pytest.raises(IamsqlError, match="path has another form"):
            commit(storage, adding([replace(RUN, files=replace(FILE, path=path))]))
    assert list(storage.listing()) == []


def test_a_writer_that_was_slower_applies_its_change_to_the_newer_version(storage: Storage) -> None:
    versions: list[int] = []

    def change(manifest: Manifest) -> Manifest:
        versions.append(manifest.version)
        if len(versions) == 1:
            commit(storage, adding([run_named("fast")]))
        return replace(manifest, runs=(*manifest.runs, run_named("slow")))

    assert commit(storage, change).version == 2
    assert versions == [0, 1]
    assert names(read_manifest(storage)) == ["fast", "slow"]


@pytest.mark.slow
def test_writers_in_several_threads_lose_nothing(location: str, storage: Storage) -> None:
    def write(number: int) -> None:
        commit(open_storage(location), adding([run_named(f"R{number}")]))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(8)))
    assert names(read_manifest(storage)) == sorted(f"R{number}" for number in range(8))


def write_in_processes(location: str, processes: int, commits: int) -> None:
    """Commit runs in several processes at the same time."""
    command = [sys.executable, "-c", WRITER, location]
    running = [subprocess.Popen([*command, f"P{number}", str(commits)]) for number in range(processes)]
    assert [process.wait(300) for process in running] == [0] * processes


@pytest.mark.slow
def test_two_processes_lose_nothing(tmp_path: Any) -> None:
    write_in_processes(str(tmp_path), 2, 10)
    assert len(names(read_manifest(open_storage(str(tmp_path))))) == 20


@pytest.mark.slow
def test_four_processes_with_both_kinds_of_storage_lose_nothing(location: str, storage: Storage) -> None:
    write_in_processes(location, 4, 8)
    run_names = names(read_manifest(storage))
    assert run_names == sorted(f"P{process}-{number}" for process in range(4) for number in range(8))


def test_a_writer_gives_up_when_others_are_always_faster(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iamsql.lake.manifest.MAX_ATTEMPTS", 4)

    def change(manifest: Manifest) -> Manifest:
        storage.create(manifest_path(manifest.version + 1), manifest_text(Manifest(manifest.version + 1), "other"))
        return replace(manifest, runs=(RUN,))

    with pytest.raises(IamsqlError, match=r"Other writers changed the lake .* 4 times"):
        commit(storage, change)


@pytest.mark.parametrize("fault", [LOST, UNAVAILABLE, CONFLICT])
@pytest.mark.parametrize("count", [1, 3])
def test_a_commit_takes_effect_once_when_its_request_fails(
    fault: str, count: int, store: ObjectStore, s3_storage: Storage
) -> None:
    store.fault = times(count, fault, "PUT", MANIFEST_PUT)
    assert commit(s3_storage, adding([RUN])).version == 1
    assert commit(s3_storage, adding([run_named("second")])).version == 2
    assert names(read_manifest(s3_storage)) == sorted([RUN.run_id, "second"])


def test_a_commit_whose_responses_are_all_lost_is_recognized(store: ObjectStore, s3_storage: Storage) -> None:
    store.fault = times(50, LOST, "PUT", MANIFEST_PUT)
    calls: list[int] = []

    def change(manifest: Manifest) -> Manifest:
        calls.append(manifest.version)
        return replace(manifest, runs=(RUN,))

    assert commit(s3_storage, change).version == 1
    assert calls == [0]


def test_a_commit_that_did_not_take_effect_is_an_error(store: ObjectStore, s3_storage: Storage) -> None:
    store.fault = times(50, UNAVAILABLE, "PUT", MANIFEST_PUT)
    with pytest.raises(IamsqlError, match=r"PutObject: SlowDown: .*\nRepeat the command later\."):
        commit(s3_storage, adding([RUN]))
    store.fault = times(1, DENIED, "PUT", MANIFEST_PUT)
    with pytest.raises(IamsqlError, match=r"AccessDenied: .*\nAllow s3:PutObject on arn:\*:s3:::iamsql-lake/"):
        commit(s3_storage, adding([RUN]))
    assert read_manifest(s3_storage) == Manifest()


@pytest.mark.slow
def test_a_stale_listing_does_not_hide_the_newest_version(store: ObjectStore, s3_storage: Storage) -> None:
    for number in range(4):
        commit(s3_storage, adding([run_named(f"R{number}")]))
    store.hidden_pattern = r"[^<]*0000000[234]\.json"
    store.fault = lambda method, path: STALE_LISTING if method == "GET" and "?" in path else ""
    assert read_manifest(s3_storage).version == 4
    assert commit(s3_storage, adding([RUN])).version == 5
    store.hidden_pattern = r"[^<]*"
    assert len(read_manifest(s3_storage).runs) == 5


@pytest.mark.parametrize("request_number", range(6))
def test_every_request_can_fail_once(request_number: int, store: ObjectStore, s3_storage: Storage) -> None:
    commit(s3_storage, adding([RUN]))
    before = len(store.requests)
    store.fault = lambda method, path: UNAVAILABLE if len(store.requests) == before + request_number else ""
    assert commit(s3_storage, adding([run_named("second")])).version == 2
    assert read_manifest(s3_storage).version == 2


def damage(change: Callable[[dict[str, Any]], Any]) -> bytes:
    """Return the JSON of a manifest after a change."""
    value = json.loads(manifest_text(CONTENT, "w"))
    change(value)
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m["runs"][0]["files"].update(path="../../etc/passwd"),
        lambda m: m["runs"][0]["files"].update(path="/etc/passwd"),
        lambda m: m["events"][0]["file"].update(path="events/*.parquet"),
        lambda m: m["events"][0]["file"].update(size=-1),
        lambda m: m["events"][0]["file"].update(size=True),
        lambda m: m["events"][0]["file"].update(size=1.5),
        lambda m: m["events"][0]["file"].update(sha256="A" * 64),
        lambda m: m["events"][0].update(runs="R1"),
        lambda m: m["events"][0].update(first="yesterday"),
        lambda m: m["events"][0].pop("file"),
        lambda m: m["runs"][0].update(run_id=7),
        lambda m: m["runs"][0].update(run_id="x" * 5000),
        lambda m: m.update(runs={}),
        lambda m: m.update(events=[[]]),
        lambda m: m.update(version=True),
        lambda m: m.update(version=2),
    ],
)
def test_a_manifest_with_other_values_is_refused(change: Callable[[dict[str, Any]], Any], storage: Storage) -> None:
    storage.create(manifest_path(1), damage(change))
    with pytest.raises(IamsqlError, match=r"^The manifest 1 of the lake .*\n"):
        read_manifest(storage)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff\xfe\xfd", b"[" * 100_000, b'{"format": 1, "version": 1e400}']
)
def test_a_manifest_that_is_not_json_is_refused(content: bytes, tmp_path: Any) -> None:
    storage = open_storage(str(tmp_path))
    storage.create(manifest_path(1), content)
    with pytest.raises(IamsqlError, match=r"is damaged|was written by"):
        read_manifest(storage)


@pytest.mark.parametrize("change", [lambda m: m.update(format=2), lambda m: m["runs"][0].update(future=1)])
def test_a_manifest_of_a_newer_version_names_that_version(change: Any, tmp_path: Any) -> None:
    storage = open_storage(str(tmp_path))
    content = json.loads(damage(change)) | {"iamsql_version": "9.9.9"}
    storage.create(manifest_path(1), json.dumps(content).encode())
    with pytest.raises(IamsqlError, match=r"was written by iamsql 9\.9\.9, and .* cannot read it\.\nUpdate iamsql\."):
        read_manifest(storage)


def test_the_files_of_a_run_are_compared_with_the_manifest(storage: Storage) -> None:
    files = RunFiles("R", {"aws_iam_user": (FILE,), "raw.iam_list_users": ()})
    content = run_files_text(files)
    storage.create(FILE.path, content)
    run = replace(RUN, run_id="R", files=lake_file(content, FILE.path))
    assert read_run_files(storage, run) == files
    with pytest.raises(ChangedFileError, match="its SHA-256 differs"):
        read_run_files(storage, replace(run, files=replace(run.files, sha256="0" * 64)))
    with pytest.raises(IamsqlError, match="belongs to another run than R2"):
        read_run_files(storage, replace(run, run_id="R2"))


def test_lists_are_bounded(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = new_lake(storage)
    size = len(storage.read(manifest_path(manifest.version), 10**6))
    monkeypatch.setattr("iamsql.lake.manifest.MAX_MANIFEST_BYTES", size + 100)
    assert read_manifest(storage) == manifest
    with pytest.raises(IamsqlError, match=r"would have more than .*\nMerge its event files with: iamsql lake compact"):
        commit(storage, adding([new_run(storage, 4)]))
    assert read_manifest(storage) == manifest
    monkeypatch.setattr("iamsql.lake.manifest.MAX_MANIFEST_BYTES", size - 1)
    with pytest.raises(IamsqlError, match=f"has more than {size - 1} bytes"):
        read_manifest(storage)
    run = manifest.runs[0]
    assert read_run_files(storage, run).run_id == run.run_id
    monkeypatch.setattr("iamsql.lake.manifest.MAX_RUN_FILES_BYTES", run.files.size - 1)
    with pytest.raises(IamsqlError, match="has more than"):
        read_run_files(storage, run)
