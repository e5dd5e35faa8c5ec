"""How a run is named, and what is said when there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.model import IamsqlError
from iamsql.runs import list_runs, resolve, runs_folder, table_of_runs

OLD, NEW = "20260301T100000Z-o-1", "20260401T100000Z-o-1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (f"{NEW}.duckdb", f"{OLD}.duckdb", "20260501T100000Z-o-1.duckdb.partial", "mine.duckdb", "notes.txt"):
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def test_lists_newest_first_and_the_unfinished_as_such(folder: Path) -> None:
    assert [(run.run_id, run.partial) for run in list_runs(folder)] == [
        ("20260501T100000Z-o-1", True),
        (NEW, False),
        (OLD, False),
        ("mine", False),
    ]
    assert [row[2] for row in table_of_runs(folder).rows] == ["unfinished", "complete", "complete", "complete"]


@pytest.mark.parametrize(
    ("name", "found"),
    [("latest", NEW), ("previous", OLD), (OLD, OLD), ("202603", OLD), ("mine", "mine"), ("mine.duckdb", "mine")],
)
def test_resolves(folder: Path, name: str, found: str) -> None:
    assert resolve(folder, name) == folder / f"{found}.duckdb"


def test_resolves_a_path(folder: Path) -> None:
    partial = folder / "20260501T100000Z-o-1.duckdb.partial"
    assert resolve(Path("/nowhere"), str(partial)) == partial


@pytest.mark.parametrize(
    ("name", "words"),
    [("2026", "begins 3 runs"), ("zzz", "no run zzz"), ("202605", "never finished"), ("/no/such.duckdb", "no file")],
)
def test_says_what_is_wrong(folder: Path, name: str, words: str) -> None:
    with pytest.raises(IamsqlError, match=words):
        resolve(folder, name)


@pytest.mark.parametrize("name", ["latest", "previous", "2026"])
def test_no_run_yet_says_how_to_make_one(tmp_path: Path, name: str) -> None:
    with pytest.raises(IamsqlError, match="iamsql sync") as caught:
        resolve(tmp_path / "none", name)
    assert "--demo" in str(caught.value)


def test_folder_by_option_then_environment_then_platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IAMSQL_RUNS", str(tmp_path))
    assert runs_folder("/x") == Path("/x")
    assert runs_folder() == tmp_path
    monkeypatch.delenv("IAMSQL_RUNS")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert runs_folder().name == "runs"
