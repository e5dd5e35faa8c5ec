"""The spreadsheet of `check --out FILE.xlsx`, and `--by control`: a row for each control, what is muted and what is missing."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from iamsql.check.by_control import control_status
from tests.check.example_controls import A, B, control, make, run
from tests.hostile.names import NAMES

HEAD = "control,account,resource,owner,reason,expires"
SHEETS = ["Controls", "Results", "Muted", "Not read", "About"]
pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture(autouse=True)
def no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Accept dates in the year after the run."""
    monkeypatch.setattr("iamsql.check.mutes.MAX_TERM", timedelta(days=3660))


def workbook(*args: str, name: str = "a.xlsx") -> Any:
    """Write a spreadsheet and return it as openpyxl reads it."""
    result = run(*args, "--out", name)
    assert result.exit_code in (0, 1, 4), result.output
    return openpyxl.load_workbook(name, rich_text=True)


def records(sheet: Any) -> list[dict[str, Any]]:
    """Return the rows of a sheet by column."""
    head, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def about(book: Any) -> dict[str, Any]:
    """Return the facts of the sheet About."""
    return {row[0]: row[1] for row in book["About"].iter_rows(values_only=True)}


def mutes(*rows: tuple[str, ...]) -> str:
    """Write a file of suppressions."""
    with Path("mutes.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([HEAD.split(","), *rows])
    return "mutes.csv"


def test_the_sheets_of_an_auditor() -> None:
    mutes(("mfa", A, "*:user/bo", "ops", "a robot", "2026-12-31"))
    book = workbook("first_v1.0", "--mutes", "mutes.csv")
    assert book.sheetnames == SHEETS
    people, names = records(book["Controls"])
    completed = (
        "benchmark",
        "section",
        "id",
        "control",
        "title",
        "severity",
        "status",
        "alarm",
        "error",
        "muted",
        "skip",
        "ok",
    )
    assert [people[key] for key in completed] == [
        "first_v1.0", "1 People", "1.1", "mfa", "Everyone has MFA", "high", "alarm", 1, 3, 1, 1, 1,
    ]  # fmt: skip
    assert (names["section"], names["status"], names["results"]) == ("1 People / Names", "alarm", 4)
    assert len(records(book["Results"])) == 11
    (muted,) = records(book["Muted"])
    assert [muted[key] for key in ("resource", "account_name", "original_status", "finding", "owner", "reason", "file")] == [
        f"arn:aws:iam::{A}:user/bo", "main", "alarm", "No MFA.", "ops", "a robot", "mutes.csv:2",
    ]  # fmt: skip
    assert str(muted["expires"]).startswith("2026-12-31")


def test_what_was_not_read_names_the_controls_that_depend_on_it() -> None:
    missing = records(workbook("first_v1.0")["Not read"])
    denied = next(row for row in missing if row["account_id"] == B)
    assert denied["reason"] == "iam:GetAccountAuthorizationDetails denied (AccessDenied)"
    assert (denied["status"], denied["tables"], denied["controls"]) == ("error", "people", "alias, mfa")
    only = records(workbook("mfa", name="b.xlsx")["Not read"])
    assert {row["controls"] for row in only} == {"mfa"}


def test_about_names_tool_run_digest_and_files_of_mutes() -> None:
    mutes(("mfa", A, "*:user/bo", "ops", "a robot", "2026-12-31"))
    metadata = about(workbook("first_v1.0", "--mutes", "mutes.csv", "--severity", "low"))
    (path,) = Path("runs").glob("*.duckdb")
    digests = {name: hashlib.sha256(name.read_bytes()).hexdigest() for name in (path, Path("mutes.csv"))}
    assert metadata["SHA-256"] == digests[path] and metadata["Run file"] == path.name
    assert metadata["Mutes"] == f"mutes.csv (SHA-256 {digests[Path('mutes.csv')]})"
    assert metadata["Tool"].startswith("iamsql ") and metadata["Parameter --severity"] == "low"
    assert metadata["About first_v1.0"] == "Two controls."


def test_the_same_run_gives_the_same_bytes() -> None:
    workbook("first_v1.0")
    workbook("first_v1.0", name="b.xlsx")
    assert Path("a.xlsx").read_bytes() == Path("b.xlsx").read_bytes()


def test_hostile_mutes_are_text(folder: Path) -> None:
    names = [name for name in NAMES if name.strip() and "\0" not in name and "\r" not in name]
    names += ["=cmd|' /C calc'!A0", "<script>alert(1)</script>", "line\nbreak\x1b[2J", "x" * 100_000]
    mutes(*(("mfa", A, "*:user/bo", word, word, "2026-12-31") for word in names[-4:-3]))
    book = workbook("mfa", "--mutes", "mutes.csv")
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    (muted,) = records(book["Muted"])
    assert muted["owner"] == "=cmd|' /C calc'!A0"
    for word in names:
        mutes(("mfa", A, "*:user/bo", word, word, "2026-12-31"))
        completed = run("mfa", "--mutes", "mutes.csv")
        assert completed.exit_code in (0, 1, 4) and "\x1b" not in completed.output, word
        lines = completed.stdout.splitlines()
        index = next(index for index, line in enumerate(lines) if "MUTED: No MFA." in line)
        assert lines[index + 1].lstrip("| ").startswith("by "), word


def test_a_row_for_each_control() -> None:
    result = run("first_v1.0", "--by", "control", "-o", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [(row["id"], row["control"], row["status"], row["alarm"], row["results"]) for row in rows] == [
        ("1.1", "mfa", "alarm", "2", "7"),
        ("1.2", "alias", "alarm", "1", "4"),
    ]
    assert result.exit_code == 1
    assert json.loads(run("mfa", "--by", "control", "-o", "json").stdout)[0]["error"] == 3
    run("first_v1.0", "--by", "control", "--out", "controls.csv")
    assert Path("controls.csv").read_text() == result.stdout
    assert "mfa" in run("first_v1.0", "--by", "control").stdout


def test_a_control_that_failed_is_unknown_and_one_without_results_does_not_apply(folder: Path) -> None:
    columns = "'x' as resource, {} as status, '' as reason, '1' as account_id, 'global' as region"
    control(folder, "broken", "select " + columns.format("error('no')"))
    control(folder, "nothing", "select " + columns.format("'ok'") + " where false")
    rows = {row["control"]: row for row in json.loads(run("broken", "nothing", "--by", "control", "-o", "json").stdout)}
    assert rows["broken"]["status"] == "error" and rows["broken"]["note"].startswith("Failed: ")
    assert [rows["nothing"][key] for key in ("status", "results", "note")] == [
        "skip",
        0,
        "There is nothing to evaluate.",
    ]


@pytest.mark.parametrize(
    ("counts", "status"),
    [
        ({"ok": 5, "alarm": 1, "error": 1}, "alarm"),
        ({"ok": 5, "error": 1, "muted": 1}, "error"),
        ({"ok": 5, "muted": 1}, "muted"),
        ({"ok": 5, "info": 1, "skip": 1}, "info"),
        ({"ok": 1, "skip": 9}, "ok"),
        ({"skip": 9}, "skip"),
        ({}, "skip"),
    ],
)
def test_the_status_of_a_control_is_the_worst_of_its_results(counts: dict[str, int], status: str) -> None:
    assert control_status(counts) == status


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("mfa", "--by", "control", "-o", "sarif"), "--by control has the formats"),
        (("mfa", "--by", "control", "-o", "brief"), "--by control has the formats"),
        (("mfa", "--by", "control", "--out", "a.sarif"), "--by control has the formats"),
        (("mfa", "--by", "control", "--fix"), "--fix is for the rows of results"),
        (("detections", "--by", "control"), "--by control is for controls"),
    ],
)
def test_options_that_have_no_effect_are_refused(args: tuple[str, ...], message: str) -> None:
    result = run(*args)
    assert result.exit_code == 2 and message in result.output


def test_a_muted_result_has_its_owner_in_the_tree(folder: Path) -> None:
    make(folder)
    mutes(("mfa", A, "*:user/bo", "ops", "a robot", "2026-12-31"))
    lines = run("mfa", "--mutes", "mutes.csv").stdout.splitlines()
    index = next(index for index, line in enumerate(lines) if "MUTED" in line)
    assert lines[index] == f"| | |   MUTED: No MFA.  main {A}  arn:aws:iam::{A}:user/bo"
    assert lines[index + 1] == "| | |          by ops until 2026-12-31: a robot"
    assert "MUTED .... 1" in run("mfa", "--mutes", "mutes.csv", "-o", "brief").stdout
