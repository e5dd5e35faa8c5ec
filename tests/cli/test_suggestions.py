"""What people type by mistake is an error with the words that they meant."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from iamsql.cli import main
from iamsql.model import IamsqlError
from iamsql.runs.store.open_new import is_disk_full


def run(*words: str) -> Result:
    """Run iamsql."""
    return CliRunner().invoke(main, words)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("query", "stale_keys", "--format", "json"), "There is no option --format; use --output json."),
        (("query", "stale_keys", "--json"), "There is no option --json; use --output json."),
        (("check", "--csv"), "There is no option --csv; use --output csv."),
        (("check", "--sarif"), "There is no option --sarif; use --output sarif."),
        (("sycn",), "There is no command 'sycn'; did you mean sync?"),
        (("stale_keys",), "stale_keys is a query, not a command.\nRun it with: iamsql query stale_keys\n"),
        (("who_can@1", "--arg", "x=a b"), "Run it with: iamsql query who_can@1 --arg 'x=a b'"),
        (("xyzzy",), "There is no command 'xyzzy'.\n"),
        (("mcp", "--json"), "No such option"),
    ],
)
def test_a_wrong_word_has_a_suggestion(words: tuple[str, ...], message: str) -> None:
    done = run(*words)
    assert done.exit_code == 2 and message in done.stderr and done.stdout == ""


def test_another_duckdb_file_is_not_a_run(tmp_path: Path) -> None:
    path = tmp_path / "other.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("create table t as select 1 as x")
    done = run("query", "stale_keys", "--run", str(path))
    assert done.exit_code == 2
    assert done.stderr.startswith("Error: other.duckdb is not a run of iamsql: it has no table aws_iam_access_key.\n")
    assert ".sql" not in done.stderr and "LINE" not in done.stderr
    assert run("query", "select x from t", "--run", str(path)).exit_code == 0


def test_sql_of_postgres_has_a_hint(demo_run: Path) -> None:
    where = ("--run", str(demo_run))
    done = run("query", "select name from aws_iam_role where tags @> '{}'", *where)
    assert "\nIt is valid in PostgreSQL's dialect, which Steampipe has: --dialect postgres\nLINE 1: " in done.stderr
    assert "\\t" not in done.stderr
    assert "--dialect" not in run("query", "selct 1", *where).stderr
    assert "--dialect" not in run("query", "select nam from aws_iam_role", *where).stderr


def test_a_benchmark_is_found_in_any_case_and_has_a_trend(demo_run: Path) -> None:
    shown = run("check", "CIS_v7.0", "--explain", "--run", str(demo_run))
    assert shown.exit_code == 0, shown.stderr
    unknown = run("check", "CIS_v99", "--explain", "--run", str(demo_run))
    assert unknown.exit_code == 2


@pytest.mark.slow
def test_the_trend_of_a_benchmark_is_that_of_its_controls(demo_run: Path) -> None:
    where = ("--run", str(demo_run), "--runs", str(demo_run.parent), "-o", "csv", "--quiet")
    named, option = run("runs", "trend", "CIS_v7.0", *where), run("runs", "trend", "--check", "cis_v7.0", *where)
    assert named.stdout == option.stdout != "" and named.exit_code == 0


def test_a_full_disk_is_known_by_its_number_and_by_its_text() -> None:
    assert is_disk_full(OSError(28, "No space left on device")) and is_disk_full(OSError(122, "quota"))
    assert is_disk_full(IamsqlError("Could not write file")) and not is_disk_full(OSError(13, "denied"))
