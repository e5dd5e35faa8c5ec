"""Data files are read from their folder, or from the archive of the wheel."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from iamsql.demo import files


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    path = tmp_path / "data.tar.xz"
    with tarfile.open(path, "w:xz") as written:
        for name, text in {"organization.json": "ö", "responses/b.json": "b", "responses/a.json": "a"}.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            written.addfile(member, io.BytesIO(text.encode()))
    monkeypatch.setattr(files, "DATA_ARCHIVE", path)
    files._read_archive.cache_clear()
    yield
    files._read_archive.cache_clear()


@pytest.mark.usefixtures("archive")
def test_an_archive_replaces_the_folder() -> None:
    assert files.read_data("organization.json") == "ö" and files.read_data("responses", "a.json") == "a"
    assert files.read_data("missing.json") == ""
    assert files.list_data("responses") == ["a.json", "b.json"]


def test_the_folder_of_a_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "DATA_FOLDER", tmp_path)
    monkeypatch.setattr(files, "DATA_ARCHIVE", tmp_path / "none")
    (tmp_path / "d").mkdir()
    for name in ("b", "a"):
        (tmp_path / "d" / name).write_text(f"é{name}", encoding="utf-8")
    assert files.list_data("d") == ["a", "b"] and files.read_data("d", "b") == "éb"
    assert files.read_data("d", "c") == files.read_data("e", "a") == ""
