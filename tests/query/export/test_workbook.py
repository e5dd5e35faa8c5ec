"""The spreadsheet of a run: its sheets, its list of reports, and what it says about missing data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result

from iamsql import catalog
from iamsql.cli import main
from iamsql.model import IamsqlError
from iamsql.query.export.workbook import export_workbook
from iamsql.query.run_query import QueryRequest, run_query
from tests.minimal_run import GAPS, make_run

QUERIES = {
    "keys/old_users": "-- title: Old users\nselect account_id, name from aws_iam_user order by all",
    "keys/no_users": "-- title: Users without a name\nselect name from aws_iam_user where name is null",
    "keys/old_users.v1": "-- title: Old users\n-- version: 1\nselect name from aws_iam_user",
    "roles/roles": "-- title: Roles\nselect name from aws_iam_role",
    "roles/broken": "-- title: Broken\nselect nothing from aws_iam_user",
    "roles/who": "-- title: Users by name\n-- param: name text\nselect name from aws_iam_user where name = $name",
    "roles/mfa": "-- title: MFA\n-- kind: control\nselect name from aws_iam_user",
    "coverage/skipped_accounts": "-- title: Not read\n"
    "select account_id, name as account_name, outcome, '=1' as remediation from iamsql.accounts"
    " where outcome <> 'complete' order by all",
}


@pytest.fixture
def run_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a run, and reports in place of the shipped ones."""
    monkeypatch.chdir(tmp_path)
    for name, text in QUERIES.items():
        path = tmp_path / "shipped" / f"{name}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "shipped/keys/old_users.sql").write_text("-- version: 2\n" + QUERIES["keys/old_users"])
    monkeypatch.setattr("iamsql.catalog.shipped_folder", lambda: tmp_path / "shipped")
    monkeypatch.setenv("IAMSQL_RUNS", str(tmp_path / "runs"))
    return make_run(tmp_path / "runs" / "20260301T100000Z-o-1.duckdb", GAPS)


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["export", *args])


def rows(path: str, sheet: str) -> list[tuple[Any, ...]]:
    """Return the values of a sheet."""
    return list(openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True))


@pytest.mark.slow
def test_each_report_with_rows_has_a_sheet(run_file: Path) -> None:
    result = run("--output", "xlsx", "out.xlsx")
    assert result.exit_code == 2  # roles/broken fails
    lines = result.stderr.splitlines()
    assert lines[:2] == [
        "Wrote 2 reports with 4 rows in total to out.xlsx. Its sheet Contents lists all reports.",
        "2 reports have no answer; the sheet Contents has the reasons.",
    ]
    assert (
        lines[2].startswith("Error: ") and "broken.sql: There is no column nothing" in lines[2] and result.stdout == ""
    )
    assert openpyxl.load_workbook("out.xlsx").sheetnames == ["Contents", "skipped_accounts", "old_users"]
    assert rows("out.xlsx", "old_users") == [("account_id", "name"), ("111111111111", "ana"), ("222222222222", "bo")]
    assert Path("out.xlsx").stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_the_first_sheet_lists_the_reports_and_what_is_missing(run_file: Path) -> None:
    run("out.xlsx", "--output", "xlsx")
    contents = rows("out.xlsx", "Contents")
    assert contents[:6] == [
        ("Reports of a run of iamsql", None, None, None),
        ("Run", "20260301T100000Z-o-1", None, None),
        ("Started", contents[2][1], None, None),
        ("Status", "incomplete", None, None),
        ("Times", "Times are in UTC.", None, None),
        (None, None, None, None),
    ]
    reports = {row[0]: row[1:] for row in contents[7:13]}
    assert contents[6] == ("Report", "Title", "Rows", "Notes")
    assert list(reports) == ["skipped_accounts", "no_users", "old_users", "broken", "roles", "who"]
    title, number, notes = reports["old_users"]
    assert (title, number) == ("Old users", 2) and "1 denied iam:GetAccountAuthorizationDetails" in notes
    assert reports["no_users"][1] == 0 and reports["no_users"][2].startswith(
        "No rows: nothing found in 1 account read. · "
    )
    assert reports["broken"][1] == "no answer" and "nothing" in reports["broken"][2]
    assert reports["roles"][1] == "no answer" and "aws_iam_role was not collected" in reports["roles"][2]
    assert reports["who"][1:] == ("needs arguments", "Run it with: iamsql query who --arg name=VALUE")
    assert contents[14:] == [
        ("Accounts that were not read in full", None, None, None),
        ("Account", "Name", "Outcome", "Remedy"),
        ("333333333333", "shut", "assume_role_failed", "=1"),
        ("444444444444", "old", "inactive", "=1"),
    ]


@pytest.mark.slow
def test_links_lead_only_to_sheets(run_file: Path) -> None:
    run("out.xlsx")
    book = openpyxl.load_workbook("out.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    links = {cell.value: (cell.hyperlink.target, cell.hyperlink.location) for cell in cells if cell.hyperlink}
    assert links == {name: (None, f"'{name}'!A1") for name in ("skipped_accounts", "old_users")}
    assert "f" not in {cell.data_type for cell in cells}


@pytest.mark.slow
def test_the_suffix_selects_the_format_and_the_default_name_is_that_of_the_run(run_file: Path) -> None:
    run("a.XLSX")
    run("--output", "xlsx")
    assert [path.name for path in sorted(Path().glob("*.[xX]*"))] == ["20260301T100000Z-o-1.xlsx", "a.XLSX"]
    assert run("folder.xlsx", "--output", "csv").exit_code == 0 and Path("folder.xlsx", "manifest.json").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a.xlsx", "--table", "aws_iam_user"), "--table and --raw are for parquet and csv"),
        (("a.xlsx", "--raw"), "--table and --raw are for parquet and csv"),
        (("--output", "csv"), "Missing argument 'DIR'"),
        (("gone/a.xlsx",), "cannot write gone/a.xlsx: No such file or directory"),
    ],
)
def test_what_a_spreadsheet_cannot_be_is_an_error(run_file: Path, arguments: tuple[str, ...], message: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, message in result.stderr) == (2, True)
    assert list(Path().glob("*.xlsx")) == []


def test_a_failure_leaves_the_old_file(run_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a.xlsx").write_text("old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("iamsql.query.export.workbook.write_contents", fail)
    with pytest.raises(IamsqlError, match=r"cannot write a\.xlsx: No space left on device"):
        export_workbook(Path("a.xlsx"), run=str(run_file), runs_dir=run_file.parent)
    assert Path("a.xlsx").read_text() == "old"
    assert not list(Path().glob(".a.xlsx*"))


@pytest.mark.slow
def test_the_sheets_have_the_rows_of_the_reports(demo_run: Path, tmp_path: Path) -> None:
    path = tmp_path / "demo.xlsx"
    written = export_workbook(path, run=str(demo_run), runs_dir=demo_run.parent)
    assert not written.failures
    book = openpyxl.load_workbook(path)
    names = [
        name for name, versions in catalog.load([catalog.shipped_folder()]).items() if versions[-1].kind == "report"
    ]
    report_names = [row[0] for row in book["Contents"].iter_rows(values_only=True)]
    assert set(names) <= set(report_names)
    for name in book.sheetnames[1:]:
        answer = run_query(name, {}, QueryRequest(str(demo_run), demo_run.parent))
        assert book[name].max_row == len(answer.result.rows) + 1, name
        assert tuple(cell.value for cell in book[name][1]) == answer.result.columns
