"""Rows, notes, files and exit codes of `iamsql query`."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from tests.cli.commands import run


@pytest.mark.slow
def test_rows_go_to_stdout_and_gaps_to_stderr(folder: Path) -> None:
    result = run("query", "from aws_iam_user select name", "--output", "csv")
    assert (result.exit_code, result.stdout.split()) == (0, ["name", "ana", "bo"])
    assert result.stderr.startswith("2 of 4 accounts not read in full")
    assert run("query", "from aws_iam_user", "-q").stderr == ""


@pytest.mark.slow
def test_a_query_takes_arguments_files_and_standard_input(folder: Path) -> None:
    (folder / "q.sql").write_text("select $a as a")
    assert json.loads(run("query", "q.sql", "--arg", "a=x=y", "-o", "json").stdout) == [{"a": "x=y"}]
    assert json.loads(run("query", "q.sql", "--arg", "a= x \r\n", "-o", "json").stdout) == [{"a": " x "}]
    assert json.loads(run("query", "-", "-o", "jsonl", stdin="select 1 as a").stdout) == {"a": 1}


def test_export(folder: Path) -> None:
    result = run("query", "select 1 as a", "--export", "out.csv")
    assert (result.exit_code, result.stdout, (folder / "out.csv").read_text().split()) == (0, "", ["a", "1"])


def test_copy_prints_no_rows(folder: Path) -> None:
    result = run("query", "copy (select 1 as a) to 'out.csv'")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", f"Wrote {folder / 'out.csv'}.\n")


def test_fail_on_rows_exits_1_when_there_are_rows(folder: Path) -> None:
    assert run("query", "select 1", "--fail-on-rows").exit_code == 1
    assert run("query", "select 1 where false", "--fail-on-rows").exit_code == 0


@pytest.mark.slow
def test_explain(folder: Path) -> None:
    assert "iam:ListUsers" in run("query", "from aws_iam_user", "--explain").stdout


def test_another_duckdb_file_is_not_a_run(tmp_path: Path) -> None:
    path = tmp_path / "other.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("create table t as select 1 as x")
    result = run("query", "stale_keys", "--run", str(path))
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: other.duckdb is not a run of iamsql: it has no table aws_iam_access_key.\n")
    assert ".sql" not in result.stderr and "LINE" not in result.stderr
    assert run("query", "select x from t", "--run", str(path)).exit_code == 0


def test_sql_of_postgres_has_a_hint(demo_run: Path) -> None:
    where = ("--run", str(demo_run))
    result = run("query", "select name from aws_iam_role where tags @> '{}'", *where)
    assert "\nIt is valid in PostgreSQL's dialect, which Steampipe has: --dialect postgres\nLINE 1: " in result.stderr
    assert "\\t" not in result.stderr
    assert "--dialect" not in run("query", "selct 1", *where).stderr
    assert "--dialect" not in run("query", "select nam from aws_iam_role", *where).stderr
