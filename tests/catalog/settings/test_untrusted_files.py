"""Only regular files of a limited size are read, and no listing leaves its folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from iamsql.catalog.settings import untrusted_files
from iamsql.catalog.settings.untrusted_files import MAX_FILE_BYTES, leads_out, list_files, read_bytes, read_text
from iamsql.model import IamsqlError


def test_text_has_one_form_of_line_ends(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\xef\xbb\xbfa\r\nb\rc\n")
    assert read_text(tmp_path / "x") == "a\nb\nc\n"
    (tmp_path / "x").write_bytes(b"a\n\xff")
    with pytest.raises(IamsqlError, match="x:2: not UTF-8 text"):
        read_text(tmp_path / "x")


def test_other_than_regular_files_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/proc/self/environ")
    (tmp_path / "large").write_bytes(b"x" * (MAX_FILE_BYTES + 1))
    for name in ("pipe", "link", "", "/dev/zero", "/proc/version"):
        with pytest.raises(IamsqlError, match="it is not a regular file, or it is a file of /proc"):
            read_bytes(tmp_path / name)
    for name, message in (("large", "larger than 1 MiB"), ("none", "No such file"), ("\0", "null")):
        with pytest.raises(IamsqlError, match=message):
            read_bytes(tmp_path / name)


def test_a_file_is_accepted_when_it_is_open(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("abc")
    sizes: list[int] = []
    assert read_bytes(tmp_path / "x", lambda status: sizes.append(status.st_size)) == b"abc" and sizes == [3]


def test_files_come_before_subfolders_and_links_out_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "f"
    for name in ("b.sql", "a.sql", "sub/c.sql", ".hidden.sql", "x.txt", "a.v1.sql"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    (folder / "in.sql").symlink_to(folder / "b.sql")
    (folder / "out.sql").symlink_to(tmp_path / "elsewhere.sql")
    (folder / "loop.sql").symlink_to(folder / "loop.sql")
    refused: list[str] = []
    names = [path.relative_to(folder).as_posix() for path in list_files(folder, ".sql", refused)]
    assert names == ["a.sql", "a.v1.sql", "b.sql", "in.sql", "loop.sql", "sub/c.sql"]
    assert refused == [f"{folder / 'out.sql'} is a link that leads out of {folder}: not read."]
    assert [path.name for path in list_files(folder, ".sql", [], stem="a")] == ["a.sql", "a.v1.sql"]


def test_a_folder_with_many_entries_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(untrusted_files, "MAX_ENTRIES", 2)
    for name in "abc":
        (tmp_path / name).touch()
    refused: list[str] = []
    assert list_files(tmp_path, "", refused) == [] and "has more than 2 entries: not read" in refused[0]
    assert list_files(tmp_path / "none", "", refused) == [] and "cannot read" in refused[1]


def test_a_path_is_inside_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "ab").mkdir()
    assert not leads_out(tmp_path / "ab" / "x", tmp_path / "ab") and not leads_out(tmp_path, tmp_path)
    assert leads_out(tmp_path / "abc", tmp_path / "ab") and leads_out(tmp_path / "ab" / "..", tmp_path / "ab")
