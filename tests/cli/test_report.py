"""The command `iamsql report`: its file, the lines on stderr, and its errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import pytest
from click.testing import CliRunner, Result

from iamsql.cli import main
from iamsql.model import IamsqlError
from iamsql.model import Result as Rows
from iamsql.report.build import ReportRequest
from iamsql.report.contents import Contents, Events, Heading, Histogram

PAGE = "iamsql.api.page"  # reads the run and writes the page for the command
ROWS, COUNTS = Rows((), []), Histogram([])
CONTENTS = Contents(
    heading=Heading("run", None, "", "incomplete", "1"), outcomes={"complete": 2, "incomplete": 1, "inactive": 4},
    numbers=[], families=[],
    account_map=[], key_age=COUNTS, key_use=COUNTS, escalation=[], escalation_total={}, risks=ROWS, benchmarks=[], controls=[],
    findings=ROWS, keys=ROWS, users=ROWS, changes=None, changes_summary="", skipped=[], events=Events([], ROWS),
)  # fmt: skip


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[tuple[ReportRequest, dict[str, Any]]]:
    """Replace the reading of runs and the page, and return the list of the requests."""
    calls: list[tuple[ReportRequest, dict[str, Any]]] = []

    def read(
        request: ReportRequest, *, progress: Callable[[str], None], section: Callable[[str], None], **options: Any
    ) -> tuple[Contents, list[str]]:
        calls.append((request, options))
        section("the controls")
        progress("Counting run 1 of 1")
        return CONTENTS, ["A note."]

    def write(contents: Contents, stream: TextIO) -> None:
        assert contents is CONTENTS
        stream.write("the page")

    monkeypatch.setattr(f"{PAGE}.read_contents", read)
    monkeypatch.setattr(f"{PAGE}.write_page", write)
    return calls


def run(*args: str | Path) -> Result:
    """Run `iamsql report`."""
    return CliRunner().invoke(main, ["report", *map(str, args)])


@pytest.mark.usefixtures("requests")
def test_the_progress_is_a_bar_on_a_terminal_and_nothing_with_quiet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    for number, option in enumerate(((), ("--quiet",))):
        with pytest.raises(SystemExit, match="0"):
            main(["report", str(tmp_path / f"{number}.html"), *option])
        shown = capsys.readouterr().err
        assert [text in shown for text in ("Reading the controls", "Counting run 1 of 1\n")] == [not option] * 2
    assert shown == ""


@pytest.mark.usefixtures("requests")
def test_the_file_is_written_for_its_user_only(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text("old")
    file.chmod(0o644)
    result = run(file)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"Counting run 1 of 1\nA note.\n{file}: 1 KB, 3 of 7 accounts read.\n"
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("the page", 0o600)


def test_the_options_select_what_is_read(tmp_path: Path, requests: list[tuple[ReportRequest, dict[str, Any]]]) -> None:
    file, mutes = tmp_path / "report.HTML", tmp_path / "mutes.csv"
    options = (
        "--benchmark",
        "cis_v7.0",
        "--benchmark",
        "root",
        "--since",
        "previous",
        "--trend",
        "3",
        "--mutes",
        mutes,
    )
    result = run(file, "--run", "some", "--runs", tmp_path, *options, "--quiet")
    assert (result.exit_code, result.stderr) == (0, "")
    assert file.read_text() == "the page"
    assert requests == [
        (ReportRequest(("cis_v7.0", "root"), "previous", 3, (mutes,)), {"run": "some", "runs_dir": tmp_path})
    ]


def test_a_past_state_is_the_run_and_earlier_runs_are_those_of_the_folder(
    tmp_path: Path, requests: list[tuple[ReportRequest, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    @contextmanager
    def past_run(folder: Path, at: str) -> Iterator[Path]:
        asked.append((folder, at))
        (tmp_path / "past").mkdir()
        (tmp_path / "past" / "state.duckdb").touch()
        yield tmp_path / "past" / "state.duckdb"

    monkeypatch.setattr("iamsql.runs.reconstruct.open.past_run", past_run)
    result = run(tmp_path / "r.html", "--runs", tmp_path, "--at", "2026-03-01", "--since", "previous")
    assert (result.exit_code, asked) == (0, [(tmp_path, "2026-03-01")])
    state = tmp_path / "past" / "state.duckdb"
    assert requests == [(ReportRequest(("iamsql",), "previous", 10), {"run": state, "runs_dir": tmp_path})]
    refused = run(tmp_path / "r.html", "--at", "2026-03-01", "--run", "previous")
    assert (refused.exit_code, "Use --at or --run, not both." in refused.stderr) == (2, True)


def test_all_controls_are_the_default(tmp_path: Path, requests: list[tuple[ReportRequest, dict[str, Any]]]) -> None:
    run(tmp_path / "report.htm")
    assert [request for request, _ in requests] == [ReportRequest(("iamsql",), "", 10)]


@pytest.mark.parametrize("name", ["report.pdf", "report", "html"])
def test_a_file_with_another_suffix_is_refused(
    tmp_path: Path, requests: list[tuple[ReportRequest, dict[str, Any]]], name: str
) -> None:
    result = run(tmp_path / name)
    assert (result.exit_code, requests) == (2, [])
    assert result.stderr.startswith(f"Error: FILE must end in .html, not '{name}'.\n")
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("options", [("--trend", "21"), ("--timeout", "-1"), ("--memory", "1KB")])
def test_an_invalid_value_is_refused(
    tmp_path: Path, requests: list[tuple[ReportRequest, dict[str, Any]]], options: tuple[str, str]
) -> None:
    assert (run(tmp_path / "report.html", *options).exit_code, requests) == (2, [])


def test_a_folder_that_does_not_exist_is_refused(
    tmp_path: Path, requests: list[tuple[ReportRequest, dict[str, Any]]]
) -> None:
    result = run(tmp_path / "no" / "report.html")
    assert (result.exit_code, requests) == (2, [])
    assert result.stderr == f"Error: cannot write {tmp_path}/no/report.html: there is no folder {tmp_path}/no\n"


def test_no_file_is_left_after_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise IamsqlError("There is no run.\nMake a run with: iamsql sync")

    monkeypatch.setattr(f"{PAGE}.read_contents", fail)
    result = run(tmp_path / "report.html")
    assert (result.exit_code, result.stderr) == (2, "Error: There is no run.\nMake a run with: iamsql sync\n")
    assert [*tmp_path.iterdir()] == []
