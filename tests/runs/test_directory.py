"""The files of a runs folder, by their names."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from iamsql.model import IamsqlError
from iamsql.runs import directory

ID = "20261125T080000Z-o-abc"


@pytest.mark.parametrize(
    ("name", "run_id", "started", "partial", "owner", "is_shard"),
    [
        (f"{ID}.duckdb", ID, datetime(2026, 11, 25, 8, tzinfo=UTC), False, "o-abc", False),
        (f"{ID}.duckdb.partial", ID, datetime(2026, 11, 25, 8, tzinfo=UTC), True, "o-abc", False),
        (
            f"{ID}-shard-1-of-12.duckdb",
            f"{ID}-shard-1-of-12",
            datetime(2026, 11, 25, 8, tzinfo=UTC),
            False,
            "o-abc",
            True,
        ),
        ("20261399T080000Z-x.duckdb", "20261399T080000Z-x", None, False, "x", False),
        ("mine.duckdb", "mine", None, False, "", False),
    ],
)
def test_a_name_says_what_a_run_is(
    name: str, run_id: str, started: datetime | None, partial: bool, owner: str, is_shard: bool, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(b"abc")
    run = directory.run_file(tmp_path / name)
    assert run is not None and (run.run_id, run.started, run.partial, run.size) == (run_id, started, partial, 3)
    assert (run.owner, run.is_shard, run.openable) == (owner, is_shard, tmp_path / name)


def test_runs_are_listed_from_the_newest_without_other_files(tmp_path: Path) -> None:
    newer = ID.replace("08", "09", 1)
    for name in (f"{ID}.duckdb", f"{newer}.duckdb.partial", "old.duckdb", "notes.txt", "a.partial"):
        (tmp_path / name).touch()
    (tmp_path / "folder.duckdb").mkdir()
    (tmp_path / "gone.duckdb").symlink_to("nothing")
    assert [run.run_id for run in directory.list_runs(tmp_path)] == [newer, ID, "old"]
    assert directory.list_runs(tmp_path / "none") == []


def test_a_folder_that_cannot_be_read_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(IamsqlError, match=f"Cannot read the runs folder {tmp_path}: Permission denied"):
        directory.list_runs(tmp_path)


def test_the_option_comes_before_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IAMSQL_RUNS", "/variable")
    assert directory.runs_folder("/option") == Path("/option")
    assert directory.runs_folder() == Path("/variable")
    monkeypatch.setenv("IAMSQL_RUNS", "~/r")
    monkeypatch.setenv("HOME", "/h")
    assert directory.runs_folder() == Path("/h/r")


def test_only_a_regular_file_of_limited_size_is_read(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"abc")
    assert directory.read_regular(tmp_path / "f", 3) == b"abc"
    os.mkfifo(tmp_path / "pipe")
    for path, limit in ((tmp_path / "f", 2), (tmp_path / "pipe", 3)):
        with pytest.raises(ValueError, match=path.name):
            directory.read_regular(path, limit)
    (tmp_path / "link").symlink_to("f")
    with pytest.raises(OSError, match="link"):
        directory.read_regular(tmp_path / "link", 3)
