"""Names of runs, and the errors about runs that do not exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.model import IamsqlError
from iamsql.runs.directory import list_runs, runs_folder
from iamsql.runs.run_names import resolve

OLD, EARLY, NEW = "20260301T100000Z-o-1", "20260401T080500Z-o-1", "20260401T100000Z-o-1"
CUT = "20260501T100000Z-o-1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    names = (f"{NEW}.duckdb", f"{EARLY}.duckdb", f"{OLD}.duckdb", f"{CUT}.duckdb.partial", "mine.duckdb", "notes.txt")
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "20260601T100000Z-o-1.duckdb").mkdir()
    (tmp_path / "20260602T100000Z-o-1.duckdb").symlink_to("nowhere")
    return tmp_path


def test_runs_are_listed_newest_first_with_unfinished_ones_marked(folder: Path) -> None:
    runs = [(run.run_id, run.partial) for run in list_runs(folder)]
    assert runs == [(CUT, True), (NEW, False), (EARLY, False), (OLD, False), ("mine", False)]


@pytest.mark.parametrize(
    ("name", "run_id"),
    [
        ("latest", NEW),
        ("previous", EARLY),
        (OLD, OLD),
        ("202603", OLD),
        ("mine", "mine"),
        ("mine.duckdb", "mine"),
        ("2026-04-01", NEW),
        ("2026-04-01T08", EARLY),
        ("2026-04-01T08:05", EARLY),
        ("2026-04-01T100000Z", NEW),
        ("2026-03-01", OLD),
        ("2026-03", OLD),
    ],
)
def test_a_name_is_resolved_to_its_run(folder: Path, name: str, run_id: str) -> None:
    assert resolve(folder, name) == folder / f"{run_id}.duckdb"


@pytest.mark.parametrize("name", [CUT, "202605", f"{CUT}.duckdb.partial"])
def test_a_partial_run_is_named_by_id_or_path(folder: Path, name: str) -> None:
    assert resolve(folder, name) == folder / f"{CUT}.duckdb.partial"
    assert resolve(Path("/nowhere"), str(folder / f"{CUT}.duckdb.partial")) == folder / f"{CUT}.duckdb.partial"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("2026", "2026 is the prefix of 4 runs: 20260501T100000Z-o-1, .*\nSpecify more characters"),
        ("zzz", r"no run zzz in .*\.\nList the runs with: iamsql runs"),
        ("latset", "no run latset in .*; did you mean latest"),
        ("20260401T080501Z-o-1", f"did you mean {EARLY}"),
        ("2026-05-01", "no finished run in .* that started on 2026-05-01.\nRuns started on 2026-04-01, 2026-03-01."),
        ("2026-04-01T09", "no finished run .* 2026-04-01T09"),
        ("2026-99-99", "no finished run"),
        ("/no/such.duckdb", "There is no file /no/such.duckdb"),
        ("../../no-such-run", "There is no file ../../no-such-run"),
        ("../mine.duckdb", "There is no file ../mine.duckdb"),
        ("~nobody-of-that-name/x", "There is no file ~nobody-of-that-name/x"),
        ("", "name of the run is empty"),
        (" \t", "name of the run is empty"),
        ("late\nst", r"late\\nst is not the name of a run"),
        ("\x1b[2J", r"\\x1b\[2J is not the name of a run"),
        ("a\0b", r"a\\x00b is not the name of a run"),
        ("\udcff", r"\\udcff is not the name of a run"),
        ("x" * 300, "There is no run x{30}…x{20} in"),
        ("y/" * 1500, "There is no file"),
        ("z" * 100_000, "name of the run is too long: z{30}…z{20}\n"),
        ("/dev/null", "There is no file /dev/null"),
    ],
)
def test_an_unknown_name_is_an_error_with_a_hint(folder: Path, name: str, message: str) -> None:
    with pytest.raises(IamsqlError, match=message) as caught:
        resolve(folder, name)
    assert len(str(caught.value)) < 500 + len(str(folder))


@pytest.mark.parametrize("name", ["latest", "previous", "2026", "2026-04-01"])
def test_an_empty_folder_is_an_error_with_the_sync_command(tmp_path: Path, name: str) -> None:
    with pytest.raises(IamsqlError, match="iamsql sync") as caught:
        resolve(tmp_path / "none", name)
    assert "--demo" in str(caught.value)


def test_a_single_run_has_no_previous_run(tmp_path: Path) -> None:
    (tmp_path / f"{OLD}.duckdb").write_bytes(b"x")
    with pytest.raises(IamsqlError, match=f"has only one run, {OLD}"):
        resolve(tmp_path, "previous")


def test_the_folder_comes_from_the_option_the_environment_or_the_platform(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IAMSQL_RUNS", str(tmp_path))
    assert runs_folder("/x") == Path("/x")
    assert runs_folder() == tmp_path
    monkeypatch.setenv("IAMSQL_RUNS", "~nobody-of-that-name/runs")
    assert runs_folder() == Path("~nobody-of-that-name/runs")
    monkeypatch.delenv("IAMSQL_RUNS")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert runs_folder().name == "runs"
