"""The storage of a lake: a folder and S3 behave the same, and a path or link that leads out of the lake is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from iamsql.lake.files import ChangedFileError, MissingFileError, lake_file
from iamsql.lake.model import LakeFile
from iamsql.lake.open_storage import open_storage
from iamsql.lake.storage import Storage
from iamsql.model import IamsqlError
from tests.lake.object_store import BUCKET

PATH = "runs/o-1/R-1.json"
HOSTILE = [
    "../x", "/etc/passwd", "a/../../x", "a//b", "a/", "", ".", "a/./b", "a\nb", "a\0b", "a'b", "*", "a?b", "a b", "~", "a/.hidden",
    "file:///x", "a\\b", "%2e%2e/x", "é", "a/b/c/d/e/f/g/h/i/j/k", "x" * 300,
]  # fmt: skip


def test_a_file_is_created_once(storage: Storage) -> None:
    assert storage.create(PATH, b"first") is True
    assert storage.create(PATH, b"second") is False
    assert storage.read(PATH, 100) == b"first"
    assert [(file.path, file.size) for file in storage.listing()] == [(PATH, 5)]


def test_files_are_listed_by_prefix_and_deleted(storage: Storage, tmp_path: Path) -> None:
    for path in ("manifest/00000001.json", "manifest/00000002.json", PATH):
        storage.create(path, b"x")
    assert [file.path for file in storage.listing("manifest/")] == ["manifest/00000001.json", "manifest/00000002.json"]
    assert [file.path for file in storage.listing("manifest/00000002")] == ["manifest/00000002.json"]
    assert all(file.modified.tzinfo for file in storage.listing())
    storage.delete([PATH, "manifest/00000001.json", "manifest/00000009.json"])
    assert [file.path for file in storage.listing()] == ["manifest/00000002.json"]


def test_a_missing_file_is_an_error_that_names_it(storage: Storage) -> None:
    with pytest.raises(MissingFileError, match=f"has no file {PATH}"):
        storage.read(PATH, 100)
    with pytest.raises(MissingFileError):
        storage.local(LakeFile(PATH, 1, "0" * 64))
    with pytest.raises(MissingFileError):
        storage.check(LakeFile(PATH, 1, "0" * 64))
    assert list(storage.listing()) == []


def test_local_copies_have_the_content_of_the_manifest(storage: Storage, tmp_path: Path) -> None:
    files = []
    for number in range(12):
        content = bytes([number]) * (number + 1)
        source = tmp_path / f"source{number}"
        source.write_bytes(content)
        files.append(lake_file(source, f"state/table=t/organization=o/run=r/{number}.parquet"))
    storage.upload(tmp_path / "source0", files[0].path)
    storage.upload_all([(tmp_path / f"source{number}", file.path) for number, file in enumerate(files) if number])
    paths = storage.local_all([*files, files[0]])
    assert [path.read_bytes() for path in paths] == [bytes([n]) * (n + 1) for n in (*range(12), 0)]
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o600}
    assert storage.check(files[3]) == ""


def test_a_file_that_was_changed_is_found(storage: Storage) -> None:
    storage.create(PATH, b"good")
    for changed in (lake_file(b"evil", PATH), lake_file(b"longer", PATH)):
        assert storage.check(changed) in ("its SHA-256 differs", "it has 4 bytes instead of 6")
    with pytest.raises(ChangedFileError, match="it has 4 bytes instead of 6"):
        storage.local(lake_file(b"longer", PATH))


@pytest.mark.parametrize("path", HOSTILE, ids=ascii)
def test_a_path_that_leads_out_of_the_lake_or_has_a_meaning_in_sql_is_refused(path: str, tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path))
    calls = (
        lambda: storage.read(path, 100), lambda: storage.create(path, b""), lambda: storage.delete([path]),
        lambda: storage.local(LakeFile(path, 0, "")), lambda: storage.uri(path), lambda: storage.upload(Path(__file__), path),
    )  # fmt: skip
    for call in calls:
        with pytest.raises(IamsqlError, match="is not the path of a file of a lake"):
            call()


def test_s3_refuses_the_same_paths(s3_storage: Storage) -> None:
    for path in HOSTILE:
        with pytest.raises(IamsqlError, match="is not the path of a file of a lake"):
            s3_storage.read(path, 100)
        with pytest.raises(IamsqlError, match="is not the path of a file of a lake"):
            s3_storage.delete([path])


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "x.json").write_bytes(b"secret")
    lake = tmp_path / "lake"
    lake.mkdir()
    (lake / "runs").symlink_to(tmp_path / "outside")
    (lake / "manifest").mkdir()
    (lake / "manifest" / "x.json").symlink_to(tmp_path / "outside" / "x.json")
    storage = open_storage(str(lake))
    for path in ("runs/x.json", "manifest/x.json"):
        with pytest.raises(IamsqlError):
            storage.read(path, 100)
        with pytest.raises(IamsqlError):
            storage.local(lake_file(b"secret", path))
    storage.delete(["manifest/x.json"])
    assert (tmp_path / "outside" / "x.json").read_bytes() == b"secret"


def test_a_folder_is_private_and_one_that_everybody_can_write_is_refused(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path / "lake"))
    storage.create(PATH, b"x")
    assert [oct((tmp_path / "lake" / name).stat().st_mode & 0o777) for name in ("", "runs", PATH)] == [
        "0o700",
        "0o700",
        "0o600",
    ]
    (tmp_path / "lake").chmod(0o777)
    with pytest.raises(IamsqlError, match=r"Everyone can write .*\n.*chmod o-w"):
        storage.create("runs/o-1/R-2.json", b"x")


@pytest.mark.skipif(os.getuid() == 0, reason="root can read every folder")
def test_a_folder_that_cannot_be_read_is_not_an_empty_lake(tmp_path: Path) -> None:
    (tmp_path / "manifest").mkdir(mode=0o000)
    with pytest.raises(IamsqlError, match="cannot be used"):
        list(open_storage(str(tmp_path)).listing("manifest/"))


@pytest.mark.parametrize("text", ["gs://bucket/x", "s3://B", "s3://bucket/../x", "", "http://x"])
def test_another_location_is_an_error(text: str) -> None:
    with pytest.raises(IamsqlError):
        open_storage(text)


def test_engines_get_the_location_of_a_file(tmp_path: Path, s3_storage: Storage) -> None:
    assert open_storage(str(tmp_path)).uri(PATH) == f"{tmp_path.resolve()}/{PATH}"
    assert s3_storage.uri(PATH).startswith(f"s3://{BUCKET}/") and s3_storage.uri(PATH).endswith(f"/{PATH}")


def test_a_file_with_more_bytes_than_the_reader_accepts_is_refused(storage: Storage) -> None:
    storage.create(PATH, b"12345")
    assert storage.read(PATH, 5) == b"12345"
    with pytest.raises(ChangedFileError, match="has more than 4 bytes"):
        storage.read(PATH, 4)
    assert storage.check(lake_file(b"1234", PATH)) in ("it has more than 4 bytes", "it has 5 bytes instead of 4")
    with pytest.raises(ChangedFileError, match=r"it has more than 4 bytes|it has 5 bytes instead of 4"):
        storage.local(lake_file(b"1234", PATH))
