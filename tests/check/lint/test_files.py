"""The linter finds each kind of problem at its place, in files, folders and the shipped queries."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.check.lint.files import lint
from iamsql.check.lint.findings import Finding, to_result
from iamsql.model import IamsqlError

TITLE = "-- title: Users\n"


def findings(folder: Path, text: str, name: str = "users.sql") -> list[Finding]:
    """Return the findings about a file of this text."""
    (folder / name).write_text(text, encoding="utf-8")
    return lint([str(folder)])


@pytest.mark.slow
def test_every_shipped_query_passes() -> None:
    assert lint(["shipped"]) == []


# The text after the title, and the line, the column, the rule and the beginning of the message of its finding.
PROBLEMS = [
    ("select nam from aws_iam_user", 2, 8, "column", "There is no column nam; did you mean name?"),
    ("\nselect u.nam\nfrom aws_iam_user u", 3, 8, "column", "There is no column nam in u; did you mean name?"),
    ("select 1 from aws_iam_usr", 2, 15, "table", "There is no table aws_iam_usr; did you mean aws_iam_user"),
    ("select 1 from iamsql.acounts", 2, 15, "table", "There is no table iamsql.acounts; did you mean iamsql.accounts"),
    ("select uper(name) from aws_iam_user", 2, 8, "function", "There is no function uper; did you mean upper?"),
    ("from stale_key()", 2, 6, "function", "There is no table function or query stale_key; did you mean stale_keys?"),
    ("from stale_keys(day := 3)", 2, 1, "function", "Macro stale_keys() does not support the supplied arguments"),
    ("select from from", 2, 13, "syntax", "syntax error at or near"),
    ("select 1; select 2", 2, 9, "syntax", "more than one statement"),
    ("select now()", 2, 8, "clock", "now reads the clock; use as_of(), the start of the run"),
    ("select $days", 2, 8, "parameter", "$days is not declared: add '-- param: days type'"),
    ("-- param: days integer = 3\nselect 1", 2, 1, "parameter", "parameter days is declared but $days is not used"),
    ("-- columns: nam\nselect name from aws_iam_user", 3, 1, "column", "columns: the query has no column nam; did"),
    ("-- layout: groups nam\nselect name from aws_iam_user", 3, 1, "column", "layout: the query has no column nam; did"),
    ("-- layout: record {nam}\nselect name from aws_iam_user", 3, 1, "column", "layout: the query has no column nam; did"),
    ("-- layout: grid\nselect name from aws_iam_user", 2, 1, "front-matter", "layout must be `table`, `groups COLUMN"),
    (
        "-- remediation: aws iam get-user --user-name {n}\nselect name from aws_iam_user",
        3, 1, "column", "remediation: the query has no col",
    ),
    ("-- kind: control\nselect 1 as x", 3, 1, "column", "the first columns of a control must be resource, status,"),
    ("-- kind: detection\nselect 1 as x", 3, 1, "column", "the first columns of a detection must be event_time,"),
    ("-- dialect: postgres\nselect nam from aws_iam_user", 3, 1, "column", "There is no column nam"),
    ("-- knd: report\nselect 1", 2, 1, "front-matter", "unknown key 'knd'; did you mean kind?"),
]  # fmt: skip


@pytest.fixture(scope="module")
def findings_by_name(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Finding]]:
    """Check a folder with a file for each problem; return the findings by file name."""
    folder = tmp_path_factory.mktemp("problems")
    for number, (text, *_) in enumerate(PROBLEMS):
        (folder / f"problem_{number}.sql").write_text(TITLE + text, encoding="utf-8")
    by_name: dict[str, list[Finding]] = {}
    for finding in lint([str(folder)]):
        by_name.setdefault(Path(finding.file).stem, []).append(finding)
    return by_name


@pytest.mark.parametrize("number", range(len(PROBLEMS)), ids=lambda number: PROBLEMS[number][0])
def test_a_problem_has_its_position(findings_by_name: dict[str, list[Finding]], number: int) -> None:
    _, line, column, rule, message = PROBLEMS[number]
    (finding,) = findings_by_name[f"problem_{number}"]
    assert (finding.line, finding.column, finding.rule) == (line, column, rule)
    assert finding.message.startswith(str(message))


@pytest.mark.slow
def test_a_position_in_a_long_line_is_the_position_in_the_file(tmp_path: Path) -> None:
    columns = ", ".join(f"{number} as a_long_name_{number}" for number in range(60))
    (finding,) = findings(tmp_path, f"{TITLE}select {columns}, nam from aws_iam_user")
    assert finding.column == len(f"select {columns}, ") + 1


@pytest.mark.slow
def test_a_query_with_parameters_of_each_type_is_bound(tmp_path: Path) -> None:
    types = ["integer", "double", "text", "boolean", "date", "timestamp", "text[]", "json"]
    params = "".join(f"-- param: p{number} {kind}\n" for number, kind in enumerate(types))
    columns = ", ".join(f"$p{number} as c{number}" for number in range(len(types)))
    assert findings(tmp_path, f"{TITLE}{params}select {columns}, to_days($p0), len($p6)") == []


@pytest.mark.slow
def test_file_names_and_names_of_two_files_are_findings(tmp_path: Path) -> None:
    assert [finding.rule for finding in findings(tmp_path, f"{TITLE}select 1", "Users-1.sql")] == ["file-name"]
    (finding,) = (item for item in findings(tmp_path, f"{TITLE}select 1", "stale_keys.sql") if item.rule == "file")
    assert finding.message.startswith("two files define the query stale_keys")


@pytest.mark.slow
def test_a_file_alone_is_checked_and_hostile_names_stay_on_their_line(tmp_path: Path) -> None:
    path = tmp_path / "users.sql"
    path.write_text(f'{TITLE}select "na\x1bm" from aws_iam_user', encoding="utf-8")
    (tmp_path / "other.sql").write_text("select", encoding="utf-8")
    (finding,) = lint([str(path)])
    assert str(finding).startswith(f"{path}:2:8: There is no column na\\x1bm") and str(finding).endswith(" [column]")
    assert to_result([finding]).rows == [finding]


def test_a_missing_path_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(IamsqlError, match="no query named 'nothing'"):
        lint(["nothing"])
    with pytest.raises(IamsqlError, match="no file or folder no/thing\nName a"):
        lint(["no/thing"])
    with pytest.raises(IamsqlError, match=r"there is no folder \./queries"):
        lint([])
