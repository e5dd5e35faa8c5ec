"""`iamsql tables` and `iamsql queries`: tables with row counts and states, and queries by kind."""

from __future__ import annotations

import json
import re
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from iamsql.cli import main
from iamsql.query import listing as describe
from iamsql.tables.registry import all_tables
from tests.minimal_run import COMPLETE, FALLBACKS, GAPS, Coverage, make_run


def test_the_rows_of_a_view_are_counted(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "run.duckdb")) as con:
        con.execute("create table aws_iam_user as from range(3)")
        con.execute("create view aws_cloudtrail_lookup_event as from range(10) t(n) where n > 2")
        con.execute("create view somebody_elses as select error('asked')")
    rows = {name: count for _, name, count, *_ in describe.tables(tmp_path / "run.duckdb").rows}
    assert (rows["aws_iam_user"], rows["aws_cloudtrail_lookup_event"], rows["aws_iam_role"]) == (3, 7, None)
    assert "somebody_elses" not in rows


@pytest.mark.slow
def test_the_rows_of_each_view_are_counted_in_a_run(demo_run: Path) -> None:
    rows = describe.tables(demo_run).rows
    assert not [name for _, name, count, *_ in rows if count is None]


@pytest.mark.slow
def test_tables_are_grouped_by_service_with_their_state_in_the_run(demo_run: Path) -> None:
    tables = describe.tables(demo_run)
    assert tables.columns == ("service", "name", "rows", "state", "about")
    assert [row[:2] for row in tables.rows] == sorted(row[:2] for row in tables.rows)
    assert {name: service for service, name, *_ in tables.rows}.items() >= {
        ("aws_account", "account"), ("aws_region", "account"), ("aws_iam_user", "iam"), ("aws_cloudtrail_log", "cloudtrail"),
    }  # fmt: skip
    states = {name: state for _, name, _, state, _ in tables.rows}
    assert states["aws_organizations_account"] == "read"
    assert states["aws_iam_user"] == "partly: AssumeRole failed in 1 of 13 accounts"
    assert states["aws_cloudtrail_log"] == states["aws_cloudtrail_event"] != ""
    assert not [name for name, state in states.items() if state == "not collected"]


GAP = ("111111111111", "iam", "GetAccountAuthorizationDetails", "denied", "AccessDenied")


@pytest.mark.parametrize(
    ("coverage", "state"),
    [
        (COMPLETE, "read"),
        (GAPS, "partly: AssumeRole failed in 1, denied in 1 of 3 accounts"),
        (GAPS + FALLBACKS, "partly: AssumeRole failed in 1 of 3 accounts"),
        ((GAP,), "denied in 1 of 1 account"),
        ((), "not collected"),
    ],
)
def test_a_state_is_short(tmp_path: Path, coverage: Coverage, state: str) -> None:
    path = make_run(tmp_path / "x.duckdb", coverage)
    rows = {name: values for _, name, *values in describe.tables(path).rows}
    assert rows["aws_iam_user"][:2] == [2, state]
    assert rows["aws_iam_role"][:2] == [0, "not collected"]
    assert rows["aws_iam_policy"][:2] == [None, "not collected"]


@pytest.mark.slow
def test_a_table_may_lack_some_of_its_calls(tmp_path: Path) -> None:
    statements = ("insert into iamsql.table_calls values ('aws_iam_user', 'iam', 'ListSSHPublicKeys', null)",)
    path = make_run(tmp_path / "x.duckdb", COMPLETE, statements=statements)
    states = {name: state for _, name, _, state, _ in describe.tables(path).rows}
    assert states["aws_iam_user"] == "partly: without iam:ListSSHPublicKeys"


def test_without_a_run_there_are_no_row_counts(tmp_path: Path) -> None:
    rows = json.loads(CliRunner().invoke(main, ["tables", "--runs", str(tmp_path), "-o", "json"]).stdout)
    assert len(rows) == len(all_tables()) and {(row["rows"], row["state"]) for row in rows} == {(None, None)}


def test_a_single_table_is_shown_with_calls_columns_and_examples() -> None:
    output = CliRunner().invoke(main, ["tables", "aws_region"]).stdout
    parts = [
        "aws_region: ",
        "calls:",
        "permissions: account:ListRegions",
        "iamsql sync --table aws_region",
        "opt_in_status",
    ]
    positions = [output.find(part) for part in [*parts, "examples:"]]
    assert positions == sorted(positions) and -1 not in positions
    rows = CliRunner().invoke(main, ["tables", "aws_region", "-o", "csv"]).stdout.splitlines()
    assert rows[0] == "column,type,about" and rows[1].startswith("name,text,") and not rows[-1].startswith("examples")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("aws_iam_usr", "did you mean aws_iam_user"),
        ("aws_iam_policy_simulator", "aws iam simulate-principal-policy"),
        ("aws_rds_db_instance", "iamsql reads .*, not rds"),
        ("users", "There is no table users"),
    ],
)
def test_a_table_that_does_not_exist_is_an_error_with_the_reason(name: str, message: str) -> None:
    result = CliRunner().invoke(main, ["tables", name])
    assert (result.exit_code, result.stdout) == (2, "") and re.search(message, result.stderr)
    assert result.stderr.count("\n") <= 2


@pytest.fixture
def query_folder(tmp_path: Path) -> str:
    for kind in ("report", "control", "detection"):
        (tmp_path / f"my_{kind}.sql").write_text(f"-- title: Mine\n-- kind: {kind}\n\nselect 1\n")
    return str(tmp_path)


@pytest.mark.parametrize("kind", ["report", "control", "detection"])
def test_queries_are_listed_by_kind(query_folder: str, kind: str) -> None:
    queries = describe.queries([query_folder], kind)
    index = queries.columns.index("kind")
    assert {row[index] for row in queries.rows} == {kind}
    assert f"my_{kind}" in {row[0] for row in queries.rows}
    assert {f"my_{kind_of_query}" for kind_of_query in ("report", "control", "detection")} <= {
        row[0] for row in describe.queries([query_folder]).rows
    }


def test_a_query_is_shown_with_its_commands(tmp_path: Path) -> None:
    front = "-- title: Mine\n-- remediation: aws iam delete-user --user-name {a}\n-- remediation: # Then: iamsql sync\n--\n-- Why."
    (tmp_path / "mine.sql").write_text(f"{front}\n\nselect 1 as a\n")
    result = CliRunner().invoke(main, ["queries", "mine", "--queries", str(tmp_path)])
    assert result.stdout.splitlines()[3] == "usage: iamsql query mine"
    assert result.stdout.splitlines()[5:] == [
        "",
        "Why.",
        "",
        "commands for a finding, with its values in place of {…}:",
        "  aws iam delete-user --user-name {a}",
        "  # Then: iamsql sync",
        "",
        "select 1 as a",
    ]


def test_the_command_queries_accepts_a_kind_and_no_other_word(query_folder: str) -> None:
    result = CliRunner().invoke(main, ["queries", "--kind", "control", "--queries", query_folder, "-o", "csv"])
    names = {line.split(",")[0] for line in result.stdout.splitlines()[1:]}
    assert result.exit_code == 0 and {"my_control", "root_mfa"} <= names and not {"stale_keys", "trail_stopped"} & names
    result = CliRunner().invoke(main, ["queries", "--kind", "benchmark"])
    assert (result.exit_code, result.stdout) == (2, "") and "detection" in result.stderr
