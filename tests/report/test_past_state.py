"""The page of the state at a past moment: its sources are listed at the top, and its numbers are as in the run at that moment."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import iamsql
from iamsql.cli import main
from iamsql.report.build import ReportRequest, read_contents
from iamsql.report.contents import Contents
from iamsql.runs.reconstruct.open import past_run
from tests.runs.reconstruct.changes import ACCOUNTS, ChangingOrganization
from tests.runs.reconstruct.test_build import EVENTS, text

pytestmark = pytest.mark.slow
CONTROLS = ("root_no_access_key",)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, datetime]:
    """Return a folder with a run, two changes and a later run, a run at the time of the changes, and the time."""
    folder, organization = tmp_path_factory.mktemp("history"), ChangingOrganization(5)
    [account] = [account for account in organization.accounts if account.id == ACCOUNTS[0]]
    organization.run(folder, events=EVENTS)
    organization.advance(1)
    for name in ("CreateUser", "CreateAccessKey"):
        organization.change(name, account)
    at = organization.aws.now
    then = organization.run(tmp_path_factory.mktemp("then"), events=EVENTS)
    organization.change("CreateUser", account)
    organization.advance(30)
    organization.run(folder, events=EVENTS)
    return folder, then, at


def read(run: Path, folder: Path, since: str = "") -> Contents:
    """Return the contents of the page of a run."""
    request = ReportRequest(CONTROLS, since)
    contents, _ = read_contents(request, run=str(run), runs_dir=folder, progress=lambda line: None)
    return contents


def values(contents: Contents) -> dict[str, Any]:
    """Return the key numbers that do not depend on data without events."""
    without_events = (
        "alarms",
        "root",
        "unknown",
    )  # keys of root users are in the credential report and the account summary
    return {number.key: number.value for number in contents.numbers if not number.key.startswith(without_events)}


def test_the_numbers_of_a_past_state_equal_the_report_of_that_time(history: tuple[Path, Path, datetime]) -> None:
    folder, then, at = history
    with past_run(folder, text(at)) as past:
        contents = read(past, folder, "previous")
    base = min(path.stem for path in folder.glob("*.duckdb"))
    assert (contents.heading.base_run, contents.heading.changes, contents.heading.started_at) == (base, 2, at)
    assert values(contents) == values(read(then, then.parent))
    assert {number.key: number.value for number in contents.numbers}["unknown"] > 0
    users = [row[contents.users.columns.index("user_name")] for row in contents.users.rows]
    assert sum(name.startswith("user-") for name in users) == 1
    assert any(note.startswith(f"State at {text(at)}: run {base}") for note in contents.heading.caveats)
    # The base run is in the trends, and `previous` is the base run.
    [users_number] = [number for number in contents.numbers if number.key == "users"]
    assert [value for _, value in users_number.trend] == [users_number.value - 1, users_number.value]
    assert contents.heading.earlier_run == base and contents.changes is not None
    indexes = [contents.changes.columns.index(name) for name in ("change", "kind")]
    assert ("new", "user") in {tuple(row[column_index] for column_index in indexes) for row in contents.changes.rows}


def test_the_page_says_at_its_top_what_it_shows(history: tuple[Path, Path, datetime], tmp_path: Path) -> None:
    folder, _, at = history
    options = ["--runs", str(folder), "--at", text(at), "--trend", "0"]
    file = tmp_path / "page.html"
    result = CliRunner().invoke(main, ["report", str(file), *options, "--benchmark", *CONTROLS])
    assert result.exit_code == 0, result.stderr
    header = file.read_text().partition("<header>")[2].partition("</header>")[0]
    assert "This page shows the reconstructed state" in header and f"{at:%Y-%m-%d %H:%M:%S} UTC" in header
    assert min(path.stem for path in folder.glob("*.duckdb")) in header


def test_python_writes_the_same_page(history: tuple[Path, Path, datetime], tmp_path: Path) -> None:
    folder, _, at = history
    with iamsql.open(runs=folder, at=text(at)) as run:
        run.report(tmp_path / "page.html", benchmarks=CONTROLS, since="previous", trend=0)
    page = (tmp_path / "page.html").read_text()
    assert "This page shows the reconstructed state" in page and 'id="changes"' in page


def test_a_time_that_cannot_be_reconstructed_writes_no_file(
    history: tuple[Path, Path, datetime], tmp_path: Path
) -> None:
    folder, *_ = history
    result = CliRunner().invoke(
        main, ["report", str(tmp_path / "page.html"), "--runs", str(folder), "--at", "2026-02-01"]
    )
    assert result.exit_code == 2 and "No run of all tables" in result.stderr
    assert [*tmp_path.iterdir()] == []
