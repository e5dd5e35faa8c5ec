"""`iamsql diff` and `iamsql runs trend`: outputs, exit codes, and SQL over both runs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from iamsql.check.diff.attach import RunPair
from iamsql.check.diff.report import Filters, create_diff
from iamsql.check.diff.resources import compare_resources
from iamsql.cli import main
from iamsql.model import IamsqlError
from tests.check.diff.run_pairs import WEB, copy, deny_sql, pair

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


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--runs", str(folder)])


@pytest.mark.slow
def test_rows_go_to_stdout_and_the_summary_to_stderr(runs: Path) -> None:
    found = run(runs, "diff", "--only", "user", "-o", "json")
    (row,) = json.loads(found.stdout)
    assert found.exit_code == 0 and found.stderr.startswith("1 gone; ")
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
    words = ("diff", "--only", "role", "--quiet")
    assert run(runs, *words, "--color", "always").stdout == "No changes.\n"
    assert run(runs, *words).stdout.startswith("change  ")


@pytest.mark.slow
def test_hostile_names_neither_move_the_cursor_nor_break_a_row(runs: Path) -> None:
    table = run(runs, "diff", "--only", "user", "--quiet")
    assert "\x1b" not in table.stdout and len(table.stdout.splitlines()) == 3 and not table.stderr
    found = run(runs, "diff", "--only", "account", "-o", "csv")
    ((row,)) = list(csv.DictReader(io.StringIO(found.stdout)))
    assert (row["column_name"], row["new_value"]) == ("account_name", "=1+1\x1b[31m\n| x")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--fail-on", "new", "--fail-on", "gone"), 1), (("--fail-on", "any"), 1), (("--fail-on", "new"), 0),
        (("--fail-on", "any", "--account", "131313131313"), 0), (("--fail-on", "gnoe"), 2), (("--change", "gnoe"), 2),
        (("--key", "a"), 2),
    ],
)  # fmt: skip
def test_the_exit_code_is_1_when_there_are_rows_of_the_change(words: tuple[str, ...], code: int, runs: Path) -> None:
    assert run(runs, "diff", "--only", "user", *words).exit_code == code


@pytest.mark.slow
def test_a_file_is_written_in_the_format_of_its_suffix(runs: Path, tmp_path: Path) -> None:
    target = tmp_path / "changes.csv"
    assert run(runs, "diff", "--only", "user", "--export", str(target)).exit_code == 0
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
    (row,) = json.loads(run(runs, "diff", "--only", "user", "--sql", sql, "-o", "json").stdout)
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
    found = run(runs, "diff", "--only", "account", "--sql", "select * from read_csv('/etc/passwd')")
    assert found.exit_code == 2 and found.stderr.startswith("Error: Permission Error") and not found.stdout


@pytest.mark.slow
def test_the_run_files_do_not_change(runs: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in runs.glob("*.duckdb*")}
    run(runs, "diff", "--only", "user", "--sql", "select 1")
    assert {path: path.stat().st_mtime_ns for path in runs.glob("*.duckdb*")} == before


@pytest.mark.slow
def test_a_trend_separates_fewer_rows_from_fewer_accounts(demo_run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    copy(demo_run, folder, 0)
    fewer = [deny_sql("ListAccessKeys", WEB), f"delete from aws_iam_access_key where account_id = '{WEB}'"]
    copy(demo_run, folder, 1, fewer)
    (folder / "20260101T000000Z-broken.duckdb").write_bytes(b"no database")
    found = run(folder, "runs", "trend", "stale_keys", "-o", "json")
    first, last = json.loads(found.stdout)
    assert (first["run"], last["run"]) == ("20260302T120000Z-o-demo123456", "20260303T120000Z-o-demo123456")
    assert last["rows"] < first["rows"]
    assert (last["accounts_read"], last["accounts_missing"]) == (
        first["accounts_read"] - 1,
        first["accounts_missing"] + 1,
    )
    assert found.stderr.count("20260101T000000Z-broken.duckdb") >= 1 and found.exit_code == 0
    counts = json.loads(run(folder, "runs", "trend", "--check", "user_mfa", "-o", "json").stdout)
    assert {row["query"] for row in counts} == {"user_mfa"} and all(
        row["alarm"] > 0 and row["ok"] > 0 for row in counts
    )
    assert all(row["rows"] >= row["ok"] + row["alarm"] + row["error"] + row["muted"] for row in counts)
    assert run(folder, "runs", "trend").exit_code == 2


@pytest.mark.slow
def test_a_control_takes_only_the_values_that_it_has_a_parameter_for(demo_run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    copy(demo_run, folder, 0)
    copy(demo_run, folder, 1)
    for control in ("root_mfa", "access_key_rotated"):
        of_query = ("stale_keys", "--check", control, "--arg", "days=30", "-o", "json")
        rows = json.loads(run(folder, "runs", "trend", *of_query).stdout)
        assert [row["query"] for row in rows] == ["stale_keys", control] * 2 and rows[1]["failure"] is None
        alone = json.loads(run(folder, "check", "access_key_rotated", "--arg", "days=30", "-o", "json").stdout)
        alarms = sum(row["status"] == "alarm" for row in alone)
        assert control == "root_mfa" or rows[1]["alarm"] == alarms
    same = ("--query", "stale_keys", "--check", "access_key_rotated", "--arg", "days=30", "--all", "-o", "json")
    findings = json.loads(run(folder, "diff", *same).stdout)
    assert sum(row["query"] == "access_key_rotated" for row in findings if row["change"] == "still_open") == alarms
    unknown = run(folder, "runs", "trend", "stale_keys", "--check", "root_mfa", "--arg", "dayz=30")
    assert unknown.exit_code == 2 and "none of the controls has a parameter 'dayz'" in unknown.stderr


@pytest.mark.slow
def test_a_trend_of_a_benchmark_counts_each_status_and_says_when_more_was_read(demo_run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    trail = """update iamsql.run set options = json_merge_patch(options, '{{"trail": {}}}')"""
    copy(demo_run, folder, 0, [trail.format("null")])
    copy(demo_run, folder, 1, [trail.format('"auto"')])
    first, last = json.loads(run(folder, "runs", "trend", "SOC_2", "-o", "json").stdout)
    assert (first["query"], first["failure"]) == ("soc_2", None)
    counted = ("ok", "alarm", "error", "muted", "info", "skip")
    assert last["rows"] == sum(last[status] for status in counted) > 100
    totals = json.loads(run(folder, "check", "soc_2", "--by", "control", "-o", "json").stdout)
    assert last["alarm"] == sum({row["control"]: row["alarm"] for row in totals}.values())
    events = "select event_id from aws_cloudtrail_event"
    earlier, later = json.loads(run(folder, "runs", "trend", events, "-o", "json").stdout)
    assert earlier["scope_changes"] is None and later["scope_changes"].startswith(
        "More was read: the events of a trail"
    )


@pytest.mark.slow
def test_a_trend_is_a_file(demo_run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    copy(demo_run, folder, 0)
    copy(demo_run, folder, 1)
    for name in ("trend.csv", "trend.xlsx"):
        found = run(folder, "runs", "trend", "--check", "root_mfa", "--out", str(tmp_path / name))
        assert (found.exit_code, found.stdout) == (0, "")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "trend.csv").read_text())))
    assert [row["query"] for row in rows] == ["root_mfa", "root_mfa"]
    assert (tmp_path / "trend.xlsx").read_bytes()[:2] == b"PK"
    wrong = run(folder, "runs", "trend", "stale_keys", "--out", str(tmp_path / "trend.svg"))
    assert wrong.exit_code == 2 and ".xlsx" in wrong.stderr
