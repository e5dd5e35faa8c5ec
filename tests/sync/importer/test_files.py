"""Files under the paths of an import, their text, and credential reports."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from iamsql.model import IamsqlError
from iamsql.sync.importer import files
from iamsql.sync.importer.files import InputFile, NotTextError


def test_each_file_of_a_folder_is_found_once_and_in_order(tmp_path: Path) -> None:
    for name in ("b.json", "a.json", ".hidden", "sub/c.json", ".git/d.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "link").symlink_to("a.json")
    (tmp_path / "folder").symlink_to("sub")
    os.mkfifo(tmp_path / "pipe")
    input_files, skipped = files.walk([tmp_path, tmp_path / "sub"])
    assert [file.path.name for file in input_files] == ["a.json", "b.json", "c.json"]
    assert {(path.name, reason) for path, reason in skipped} == {
        ("link", "a symbolic link, not followed"),
        ("folder", "a symbolic link, not followed"),
        ("pipe", "a FIFO, not read"),
    }


def test_a_path_that_the_user_names_is_a_file_or_an_error(tmp_path: Path) -> None:
    (tmp_path / ".a").touch()
    assert files.walk([tmp_path / ".a"]) == ([InputFile(tmp_path / ".a", tmp_path, named=True)], [])
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(IamsqlError, match="a FIFO, neither a file nor a folder"):
        files.walk([tmp_path / "pipe"])
    with pytest.raises(IamsqlError, match="there is no such file or folder"):
        files.walk([tmp_path / "none"])


def text_of(path: Path, content: bytes, *, named: bool = False) -> str:
    """Return the text of a file of this content."""
    path.write_bytes(content)
    return "".join(files.texts(InputFile(path, path.parent, named)))


@pytest.mark.parametrize(
    "content",
    ["aé".encode(), "aé".encode("utf-8-sig"), "aé".encode("utf-16"), gzip.compress("aé".encode(), mtime=0)],
)
def test_text_of_any_common_encoding_is_read(content: bytes, tmp_path: Path) -> None:
    assert text_of(tmp_path / "a.json", content) == "aé"


def test_a_file_that_is_not_text_is_an_error_if_it_was_meant(tmp_path: Path) -> None:
    with pytest.raises(NotTextError):
        text_of(tmp_path / "a.png", b"ab\xff")
    for name, named in (("a.png", True), ("a.JSON", False), ("a.csv.gz", False)):
        with pytest.raises(IamsqlError, match=r"not UTF-8 text \(byte 2\)"):
            text_of(tmp_path / name, b"ab\xff", named=named)
    with pytest.raises(IamsqlError, match="a damaged gzip file"):
        text_of(tmp_path / "a.json.gz", gzip.compress(b"x" * 1000)[:-9])


def test_rows_of_a_credential_report_have_its_columns_and_its_time(tmp_path: Path) -> None:
    rows = files.report_rows(tmp_path, 'user,arn\nu,"a,b"\n\nv,c\n', "T")
    assert rows == [{"user": "u", "arn": "a,b", "GeneratedTime": "T"}, {"user": "v", "arn": "c", "GeneratedTime": "T"}]


@pytest.mark.parametrize(
    ("text", "message"),
    [("user,arn\nu\n", "row 2 of the report has 1 values, not 2"), ('user\n"u', "not valid CSV")],
)
def test_an_incomplete_report_is_an_error(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(IamsqlError, match=message):
        files.report_rows(tmp_path, text, None)


def test_a_report_has_a_largest_size(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(files, "MAX_REPORT_CHARACTERS", 4)
    assert files.report_text(tmp_path, ["ab", "cd"]) == "abcd"
    with pytest.raises(IamsqlError, match="a credential report of more than"):
        files.report_text(tmp_path, ["ab", "cd", "e"])
