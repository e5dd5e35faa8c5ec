"""The view iamsql.gaps has one sentence for each gap, and a relation of that name in a file does not change iamsql's messages."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from iamsql.runs.coverage.gaps import view_statements
from iamsql.runs.coverage.summary import Coverage, summarize_coverage, table_states
from iamsql.runs.store.reader import open_run
from iamsql.tables.registry import all_tables
from tests.minimal_run import FALLBACKS, GAPS, make_run
from tests.runs.store.sandbox_env import run_command
from tests.tiers import slow_but_every

A, SHUT = "111111111111", "333333333333"
CALL = "iam:GetAccountAuthorizationDetails"
# status and error code of a call, and the sentence: kind, summary, reason
WORDS = [
    ("denied", "AccessDenied", "denied", f"denied {CALL}", f"{CALL} denied (AccessDenied)"),
    ("throttled", "throttled", "throttled", f"throttled {CALL}", f"{CALL} throttled"),
    ("error", None, "error", f"error {CALL}", f"{CALL} error"),
    ("partial", "trust_report", "partial", "read by trust_report", "read by trust_report"),
    ("not_requested", "ListUsers", "not requested", f"not requested {CALL} after ListUsers",
     f"{CALL} not requested, because ListUsers failed"),
    ("skipped", "account_suspended", "suspended", "suspended", "account suspended"),
    ("skipped", "not_reached", "not reached", "not reached", "not reached before the run was interrupted"),
    ("skipped", "not_imported", "not imported", "not imported", f"no file for {CALL}"),
    ("skipped", "max_calls", "stopped by --max-calls", "stopped by --max-calls", f"{CALL} stopped by --max-calls"),
    ("skipped", "not_selected", "not collected", "not collected", f"not collected ({CALL})"),
]  # fmt: skip
FROM_VIEW = "select status, error_code, kind, summary, reason from iamsql.gaps where table_name = 'aws_iam_user'"


def run(tmp_path: Path, rows: tuple[tuple[str | None, ...], ...], *statements: str) -> Path:
    """Write a run with rows of coverage, and the view."""
    return make_run(tmp_path / "20260301T100000Z-o-1.duckdb", rows, statements=(*view_statements(), *statements))


@pytest.mark.parametrize(("status", "code", "kind", "summary", "reason"), slow_but_every(3, WORDS))
def test_each_kind_of_gap_has_its_sentence(
    tmp_path: Path, status: str, code: str | None, kind: str, summary: str, reason: str
) -> None:
    path = run(tmp_path, ((A, "iam", "GetAccountAuthorizationDetails", status, code),))
    with closing(open_run(path)) as reader:
        assert reader.run(FROM_VIEW).rows == [(status, code, kind, summary, reason)]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("AssumeRole", "AssumeRole failed (AccessDenied)"),
        ("credentials_expired", "AssumeRole failed (credentials_expired)"),
        ("max_calls", "AssumeRole failed (max_calls)"),
    ],
)
def test_a_gap_of_an_entire_account_names_no_call(tmp_path: Path, code: str, reason: str) -> None:
    refused = (SHUT, "sts", "AssumeRole", "denied", "AccessDenied")
    path = run(tmp_path, (refused, (SHUT, "iam", "GetAccountAuthorizationDetails", "not_requested", code)))
    with closing(open_run(path)) as reader:
        assert [row[2:] for row in reader.run(FROM_VIEW).rows] == [("AssumeRole failed", reason, reason)]


@pytest.mark.slow
def test_a_call_whose_fallback_calls_all_succeeded_is_not_a_gap(tmp_path: Path) -> None:
    for number, fallbacks, accounts in ((1, FALLBACKS, []), (2, FALLBACKS[:1], ["222222222222"])):
        path = run(tmp_path / str(number), (GAPS[1], *fallbacks))
        with closing(open_run(path)) as reader:
            result = reader.run("select account_id from iamsql.gaps where table_name = 'aws_iam_user'")
            assert [account for (account,) in result.rows] == accounts


@pytest.mark.slow
@pytest.mark.parametrize(
    "forged",
    [
        "drop view iamsql.gaps; create view iamsql.gaps as select account_id, 'aws_iam_user' as table_name from iamsql.accounts",
        "drop view iamsql.gaps; create table iamsql.gaps (i integer)",
        "drop view iamsql.gaps",
    ],
)
def test_a_file_with_another_relation_of_that_name_has_the_same_sentences(tmp_path: Path, forged: str) -> None:
    honest = run_command("query", "from aws_iam_user", "--run", str(run(tmp_path / "honest", GAPS)))
    result = run_command("query", "from aws_iam_user", "--run", str(run(tmp_path / "forged", GAPS, forged)))
    assert "2 of 4 accounts not read in full" in honest.stderr
    assert (result.exit_code, result.stdout) == (honest.exit_code, honest.stdout)
    assert result.stderr.replace("forged", "honest") == honest.stderr


@pytest.mark.slow
def test_the_view_has_the_sentences_of_the_notes_of_an_answer(demo_run: Path) -> None:
    sql = """
        select table_name, count(distinct account_id) from iamsql.gaps where kind <> 'not collected' group by all
    """
    with closing(open_run(demo_run)) as reader:
        gaps = dict(reader.run(sql).rows)
        states = table_states(reader, list(all_tables()))
        assert len(gaps) > 40  # the sample organization has accounts that cannot be read
        for table in all_tables():
            coverage: Coverage = summarize_coverage(reader, {table})
            assert coverage.missing + coverage.not_attempted == gaps.get(table, 0), table
            assert bool(coverage.missing) == ("in " in str(states.get(table, ""))), table


def test_the_view_has_a_comment(demo_run: Path) -> None:
    sql = "select comment from duckdb_views() where schema_name = 'iamsql' and view_name = 'gaps'"
    with closing(open_run(demo_run)) as reader:
        ((comment,),) = reader.run(sql).rows
    assert "reason" in comment
