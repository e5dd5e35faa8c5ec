"""Verification finds each file that was changed, is missing or was replaced, and counts unlisted files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from iamsql.lake.manifest import commit, read_run_files
from iamsql.lake.model import LakeFile, Manifest
from iamsql.lake.open_storage import open_storage
from iamsql.lake.storage import Storage
from iamsql.lake.verify import COLUMNS, verify
from tests.lake.lakes import ORG, OTHER, new_lake, run_id


def statuses(storage: Storage, organization: str | None = None, *, sizes_only: bool = False) -> list[tuple[str, ...]]:
    """Return the organization, the content and the status of each row."""
    return [row[:3] for row in verify(storage, organization, sizes_only=sizes_only).rows.rows]


def files_of(storage: Storage, manifest: Manifest) -> list[LakeFile]:
    """Return every file of the lake but the manifests."""
    tables = [
        file for run in manifest.runs for entries in read_run_files(storage, run).tables.values() for file in entries
    ]
    return [*(run.files for run in manifest.runs), *tables, *(events.file for events in manifest.events)]


def replace_content(storage: Storage, path: str, content: bytes, folder: Path) -> None:
    """Replace a file of the lake by another one."""
    source = folder / "replacement"
    source.write_bytes(content)
    storage.delete([path])
    storage.upload(source, path)


@pytest.mark.slow
def test_an_intact_lake(storage: Storage) -> None:
    manifest = new_lake(storage)
    verification = verify(storage)
    assert verification.intact and verification.lines == []
    sizes = [
        sum(file.size for file in (run.files, *read_run_files(storage, run).tables["aws_iam_user"]))
        for run in manifest.runs
    ]
    assert dict(zip(COLUMNS, verification.rows.rows[1], strict=True)) == {
        "organization": ORG, "content": run_id(1), "status": "intact", "files": 2, "bytes": sizes[1], "note": None,
    }  # fmt: skip
    assert statuses(storage) == statuses(storage, sizes_only=True) == [
        (OTHER, run_id(1), "intact"), *((ORG, run_id(day), "intact") for day in (1, 2, 3)),
        (OTHER, "events", "intact"), (ORG, "events", "intact"),
    ]  # fmt: skip
    assert statuses(storage, OTHER) == [(OTHER, run_id(1), "intact"), (OTHER, "events", "intact")]


def test_each_file_that_was_changed_is_found(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path / "lake"))
    manifest = new_lake(storage, [1])
    for file in files_of(storage, manifest):
        content = storage.read(file.path, file.size)
        replace_content(storage, file.path, content[:-1] + bytes([content[-1] ^ 1]), tmp_path)
        verification = verify(storage)
        assert not verification.intact
        assert [row[2] for row in verification.rows.rows].count("changed") == 1
        [note] = filter(None, (row[5] for row in verification.rows.rows))
        assert note == f"{file.path}: its SHA-256 differs"
        replace_content(storage, file.path, content, tmp_path)
    assert verify(storage).intact


def test_a_missing_and_a_truncated_file_are_found_by_their_sizes(storage: Storage, tmp_path: Path) -> None:
    manifest = new_lake(storage, [1])
    [first, second, *_] = [events.file for events in manifest.events if events.organization == ORG]
    storage.delete([first.path])
    replace_content(storage, second.path, b"short", tmp_path)
    for sizes_only in (False, True):
        verification = verify(storage, ORG, sizes_only=sizes_only)
        assert [row[2] for row in verification.rows.rows] == ["intact", "missing"] and not verification.intact
        assert set(str(verification.rows.rows[1][5]).split(", ")) == {
            f"{first.path} is missing", f"{second.path}: it has 5 bytes instead of {second.size}",
        }  # fmt: skip


def test_files_that_the_manifest_does_not_list_are_counted(storage: Storage) -> None:
    new_lake(storage, [1])
    commit(storage, lambda manifest: replace(manifest, events=()))
    storage.create("notes/readme.txt", b"mine")
    verification = verify(storage)
    assert verification.intact
    assert [line.split(" of ")[0] for line in verification.lines] == ["3 files", "1 file"]
    assert verification.lines[0].endswith("iamsql lake prune") and (
        verification.lines[1] == "1 file of another origin: notes/readme.txt"
    )
    assert [line.split(" of ")[0] for line in verify(storage, OTHER).lines] == ["1 file"]


@pytest.mark.parametrize("content", [b"{}", b"not json"])
def test_a_list_of_tables_that_cannot_be_read_is_a_changed_run(content: bytes, tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path / "lake"))
    manifest = new_lake(storage, [1])
    run = next(run for run in manifest.runs if run.organization == ORG)
    replace_content(storage, run.files.path, content, tmp_path)
    assert statuses(storage, ORG) == [(ORG, run_id(1), "changed"), (ORG, "events", "intact")]
