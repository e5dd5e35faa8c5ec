"""Files of expected rows are regular files next to the query; a link, and a path outside of the folder, is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.catalog.settings.untrusted_files import MAX_FILE_BYTES
from iamsql.check.testing.expected import (
    csv_text,
    read_expected,
    with_line_feeds,
    without_varying_columns,
    write_expected,
)
from iamsql.model import IamsqlError, Result


def test_rows_that_are_written_are_read(tmp_path: Path) -> None:
    path = tmp_path / "q.expected.csv"
    assert read_expected(path, tmp_path) is None
    text = csv_text(Result(("a", "b"), [("é,\n", None), ("", 1)]))
    write_expected(path, tmp_path, text)
    assert path.read_bytes().decode() == text == 'a,b\r\n"é,\n",\r\n"",1\r\n'
    assert read_expected(path, tmp_path) == with_line_feeds(text)
    assert [other.name for other in tmp_path.iterdir()] == ["q.expected.csv"]


def test_columns_that_vary_are_left_out() -> None:
    assert without_varying_columns(Result(("run_id", "a", "seconds"), [(1, 2, 3)])) == Result(("a",), [(2,)])


@pytest.mark.parametrize("target", ["inside.csv", "../outside.csv", "missing.csv"])
def test_a_link_is_refused(tmp_path: Path, target: str) -> None:
    folder = tmp_path / "queries"
    folder.mkdir()
    for name in ("queries/inside.csv", "outside.csv"):
        (tmp_path / name).write_text("a\n")
    path = folder / "q.expected.csv"
    path.symlink_to(target)
    for refused in (lambda: read_expected(path, folder), lambda: write_expected(path, folder, "b\n")):
        with pytest.raises(IamsqlError, match="is a link, or outside of"):
            refused()
    assert (tmp_path / "outside.csv").read_text() == (folder / "inside.csv").read_text() == "a\n"


def test_a_folder_that_leads_out_is_refused(tmp_path: Path) -> None:
    (tmp_path / "queries").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "queries" / "sub").symlink_to(tmp_path / "other")
    with pytest.raises(IamsqlError, match="outside of"):
        write_expected(tmp_path / "queries" / "sub" / "q.expected.csv", tmp_path / "queries", "a\n")
    assert list((tmp_path / "other").iterdir()) == []


def test_a_large_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "q.expected.csv"
    with pytest.raises(IamsqlError, match="more than 1 MiB\nTest a smaller answer"):
        write_expected(path, tmp_path, "a" * (MAX_FILE_BYTES + 1))
    assert not path.exists()
