"""`iamsql diff`: outputs, exit codes, and SQL over both runs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from iamsql.check.diff.attach import RunPair
from iamsql.check.diff.report import Filters, create_diff
from iamsql.check.diff.resources import compare_resources
from iamsql.model import IamsqlError
from tests.check.diff.run_pairs import WEB, pair
from tests.cli.commands import run_in

HOSTILE = "'=1+1\x1b[31m' || chr(10) || '| x'"
CHANGES = [
    "delete from aws_iam_user where name = 'hugo'",
    f"update iamsql.accounts set name = {HOSTILE} where account_id = '{WEB}'",
]


@pytest.fixture(scope="module")
def runs(demo_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder of two runs; the later one lacks a user."""
    folder = tmp_path_factory.mktemp("folder") / "runs"
    pair(demo_run, folder, CHANGES)
    return folder


@pytest.mark.slow
def test_rows_go_to_stdout_and_the_summary_to_stderr(runs: Path) -> None:
    result = run_in(runs, "diff", "--only", "user", "-o", "json")
    (row,) = json.loads(result.stdout)
    assert result.exit_code == 0 and result.stderr.startswith("1 gone; ")
    assert list(row) == [
        "change", "kind", "account_id", "account_name", "region", "name", "resource", "column_name", "old_value", "new_value",
        "query", "reason", "first_seen", "days_open",
    ]  # fmt: skip
    assert (row["change"], row["kind"], row["name"], row["resource"]) == (
        "gone",
        "user",
        "hugo",
        f"arn:aws:iam::{WEB}:user/hugo",
    )


@pytest.mark.slow
def test_without_changes_a_terminal_has_one_line_and_a_pipe_the_table(runs: Path) -> None:
    arguments = ("diff", "--only", "role", "--quiet")
    assert run_in(runs, *arguments, "--color", "always").stdout == "No changes.\n"
    assert run_in(runs, *arguments).stdout.startswith("change  ")


@pytest.mark.slow
def test_hostile_names_neither_move_the_cursor_nor_break_a_row(runs: Path) -> None:
    table = run_in(runs, "diff", "--only", "user", "--quiet")
    assert "\x1b" not in table.stdout and len(table.stdout.splitlines()) == 3 and not table.stderr
    result = run_in(runs, "diff", "--only", "account", "-o", "csv")
    ((row,)) = list(csv.DictReader(io.StringIO(result.stdout)))
    assert (row["column_name"], row["new_value"]) == ("account_name", "=1+1\x1b[31m\n| x")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--fail-on", "new", "--fail-on", "gone"), 1), (("--fail-on", "any"), 1), (("--fail-on", "new"), 0),
        (("--fail-on", "any", "--account", "131313131313"), 0), (("--fail-on", "gnoe"), 2), (("--change", "gnoe"), 2),
        (("--key", "a"), 2),
    ],
)  # fmt: skip
def test_the_exit_code_is_1_when_there_are_rows_of_the_change(
    arguments: tuple[str, ...], code: int, runs: Path
) -> None:
    assert run_in(runs, "diff", "--only", "user", *arguments).exit_code == code


@pytest.mark.slow
def test_a_file_is_written_in_the_format_of_its_suffix(runs: Path, tmp_path: Path) -> None:
    target = tmp_path / "changes.csv"
    assert run_in(runs, "diff", "--only", "user", "--export", str(target)).exit_code == 0
    (row,) = csv.DictReader(target.open(encoding="utf-8", newline=""))
    assert row["name"] == "hugo"


@pytest.mark.slow
def test_sql_reads_both_runs_and_the_compared_rows(runs: Path) -> None:
    sql = (
        "select d.name, o.user_id is not null as was, n.user_id is not null as iss, (select count(*) from old.accounts) as a,"
        " (select count(*) from new.coverage) = (select count(*) from old.iamsql.coverage) as c,"
        " (select run_id from new.run) as r"
        " from diff d left join old.aws_iam_user o on o.arn = d.resource left join new.aws_iam_user n on n.arn = d.resource"
    )
    (row,) = json.loads(run_in(runs, "diff", "--only", "user", "--sql", sql, "-o", "json").stdout)
    assert row == {"name": "hugo", "was": True, "iss": False, "a": 16, "c": True, "r": "20260303T120000Z-o-demo123456"}


@pytest.fixture(scope="module")
def sides(runs: Path) -> Iterator[RunPair]:
    """Open both runs for SQL."""
    old, new = sorted(runs.glob("*.duckdb"))
    with compare_resources(old, new, ()) as pair:
        create_diff(pair, Filters())
        yield pair


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('/etc/passwd')", "select * from glob('/*')", "copy (select 1) to '{}'", "attach '{}' as other",
        "set enable_external_access = true", "drop table diff", "install httpfs", "use old_file", "create table t as select 1",
        "select * from '{}'", "delete from old.main.run", "select 1; select 2",
    ],
)  # fmt: skip
def test_the_sandbox_covers_both_runs(sql: str, sides: RunPair, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    with pytest.raises(IamsqlError):
        sides.ask(sql.format(target))
    assert not target.exists()
    assert sides.ask("select count(*) from diff").rows == [(0,)]


@pytest.mark.slow
def test_sql_that_is_not_allowed_fails_the_command(runs: Path) -> None:
    result = run_in(runs, "diff", "--only", "account", "--sql", "select * from read_csv('/etc/passwd')")
    assert result.exit_code == 2 and result.stderr.startswith("Error: Permission Error") and not result.stdout


@pytest.mark.slow
def test_the_run_files_do_not_change(runs: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in runs.glob("*.duckdb*")}
    run_in(runs, "diff", "--only", "user", "--sql", "select 1")
    assert {path: path.stat().st_mtime_ns for path in runs.glob("*.duckdb*")} == before
