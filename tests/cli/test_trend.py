"""`iamsql runs trend` counts rows and results run by run."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.check.diff.run_pairs import WEB, copy, deny_sql
from tests.cli.commands import run, run_in


@pytest.mark.slow
def test_a_trend_separates_fewer_rows_from_fewer_accounts(demo_run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    copy(demo_run, folder, 0)
    fewer = [deny_sql("ListAccessKeys", WEB), f"delete from aws_iam_access_key where account_id = '{WEB}'"]
    copy(demo_run, folder, 1, fewer)
    (folder / "20260101T000000Z-broken.duckdb").write_bytes(b"no database")
    result = run_in(folder, "runs", "trend", "stale_keys", "-o", "json")
    first, last = json.loads(result.stdout)
    assert (first["run"], last["run"]) == ("20260302T120000Z-o-demo123456", "20260303T120000Z-o-demo123456")
    assert last["rows"] < first["rows"]
    assert (last["accounts_read"], last["accounts_missing"]) == (
        first["accounts_read"] - 1,
        first["accounts_missing"] + 1,
    )
    assert result.stderr.count("20260101T000000Z-broken.duckdb") >= 1 and result.exit_code == 0
    counts = json.loads(run_in(folder, "runs", "trend", "--check", "user_mfa", "-o", "json").stdout)
    assert {row["query"] for row in counts} == {"user_mfa"} and all(
        row["alarm"] > 0 and row["ok"] > 0 for row in counts
    )
    assert all(row["rows"] >= row["ok"] + row["alarm"] + row["error"] + row["muted"] for row in counts)
    assert run_in(folder, "runs", "trend").exit_code == 2


@pytest.mark.slow
def test_a_control_takes_only_the_values_that_it_has_a_parameter_for(demo_run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    copy(demo_run, folder, 0)
    copy(demo_run, folder, 1)
    for control in ("root_mfa", "access_key_rotated"):
        of_query = ("stale_keys", "--check", control, "--arg", "days=30", "-o", "json")
        rows = json.loads(run_in(folder, "runs", "trend", *of_query).stdout)
        assert [row["query"] for row in rows] == ["stale_keys", control] * 2 and rows[1]["failure"] is None
        alone = json.loads(run_in(folder, "check", "access_key_rotated", "--arg", "days=30", "-o", "json").stdout)
        alarms = sum(row["status"] == "alarm" for row in alone)
        assert control == "root_mfa" or rows[1]["alarm"] == alarms
    same = ("--query", "stale_keys", "--check", "access_key_rotated", "--arg", "days=30", "--all", "-o", "json")
    findings = json.loads(run_in(folder, "diff", *same).stdout)
    assert sum(row["query"] == "access_key_rotated" for row in findings if row["change"] == "still_open") == alarms
    unknown = run_in(folder, "runs", "trend", "stale_keys", "--check", "root_mfa", "--arg", "dayz=30")
    assert unknown.exit_code == 2 and "none of the controls has a parameter 'dayz'" in unknown.stderr


@pytest.mark.slow
def test_a_trend_of_a_benchmark_counts_each_status_and_says_when_more_was_read(demo_run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    trail = """update iamsql.run set options = json_merge_patch(options, '{{"trail": {}}}')"""
    copy(demo_run, folder, 0, [trail.format("null")])
    copy(demo_run, folder, 1, [trail.format('"auto"')])
    first, last = json.loads(run_in(folder, "runs", "trend", "SOC_2", "-o", "json").stdout)
    assert (first["query"], first["failure"]) == ("soc_2", None)
    counted = ("ok", "alarm", "error", "muted", "info", "skip")
    assert last["rows"] == sum(last[status] for status in counted) > 100
    totals = json.loads(run_in(folder, "check", "soc_2", "--by", "control", "-o", "json").stdout)
    assert last["alarm"] == sum({row["control"]: row["alarm"] for row in totals}.values())
    events = "select event_id from aws_cloudtrail_event"
    earlier, later = json.loads(run_in(folder, "runs", "trend", events, "-o", "json").stdout)
    assert earlier["scope_changes"] is None and later["scope_changes"].startswith(
        "More was read: the events of a trail"
    )


@pytest.mark.slow
def test_a_trend_is_a_file(demo_run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    copy(demo_run, folder, 0)
    copy(demo_run, folder, 1)
    for name in ("trend.csv", "trend.xlsx"):
        result = run_in(folder, "runs", "trend", "--check", "root_mfa", "--out", str(tmp_path / name))
        assert (result.exit_code, result.stdout) == (0, "")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "trend.csv").read_text())))
    assert [row["query"] for row in rows] == ["root_mfa", "root_mfa"]
    assert (tmp_path / "trend.xlsx").read_bytes()[:2] == b"PK"
    wrong = run_in(folder, "runs", "trend", "stale_keys", "--out", str(tmp_path / "trend.svg"))
    assert wrong.exit_code == 2 and ".xlsx" in wrong.stderr


@pytest.mark.slow
def test_the_trend_of_a_benchmark_is_that_of_its_controls(demo_run: Path) -> None:
    where = ("--run", str(demo_run), "--runs", str(demo_run.parent), "-o", "csv", "--quiet")
    positional, option = run("runs", "trend", "CIS_v7.0", *where), run("runs", "trend", "--check", "cis_v7.0", *where)
    assert positional.stdout == option.stdout != "" and positional.exit_code == 0
