"""The rows of iamsql.coverage of an account."""

from __future__ import annotations

from dataclasses import replace

from iamsql.aws.client import CallStats
from iamsql.aws.errors import Fault
from iamsql.model import Account
from iamsql.runs.file.rows import CoverageRow
from iamsql.sync.coverage import assume_role_rows, merge_rows, missing_state_rows

ACCOUNT = Account("111111111111", "main")
OK = CoverageRow(ACCOUNT.account_id, "main", "eu-west-1", "s3", "ListBuckets", "ok", items=2, requests=1, seconds=0.1)
DENIED = replace(OK, status="denied", error_code="AccessDenied", error_message="No.", items=0)


def test_rows_of_one_call_become_one_row_with_the_sums() -> None:
    times = [replace(OK, started_at="2026-11-25T08:00:01Z"), replace(OK, started_at="2026-11-25T08:00:00Z"), OK]
    [row] = merge_rows(times)
    assert row == replace(OK, items=6, requests=3, seconds=0.3, started_at="2026-11-25T08:00:00Z")
    other = replace(OK, region="us-east-1")
    assert merge_rows([OK, other]) == [OK, other]


def test_a_failure_and_a_success_are_a_partial_result() -> None:
    [row] = merge_rows([OK, DENIED])
    assert (row.status, row.error_code, row.items) == ("partial", "AccessDenied", 2)
    assert merge_rows([DENIED, DENIED])[0].status == "denied"


def test_a_failure_explains_more_than_what_was_not_requested() -> None:
    waiting = replace(DENIED, status="not_requested", error_code="ListBuckets")
    [row] = merge_rows([waiting, DENIED])
    assert (row.status, row.error_code) == ("denied", "AccessDenied")


def test_what_no_table_needs_does_not_make_a_call_incomplete() -> None:
    unneeded = replace(OK, status="skipped", error_code="not_selected", items=0, requests=0)
    assert merge_rows([unneeded, OK]) == [OK]
    assert merge_rows([unneeded, unneeded]) == [unneeded]


def test_an_account_without_a_state_has_a_row() -> None:
    assert missing_state_rows(ACCOUNT) == []
    [row] = missing_state_rows(replace(ACCOUNT, state=""))
    assert (row.operation, row.status, row.error_code) == ("ListAccounts", "error", "NoState")


def test_assumed_roles_have_the_refusals_of_other_roles() -> None:
    assert assume_role_rows(ACCOUNT, CallStats(), [], is_assumed=True) == []
    [row] = assume_role_rows(ACCOUNT, CallStats(requests=2), ["a: denied"], is_assumed=True)
    assert (row.operation, row.status, row.error_message, row.requests) == ("AssumeRole", "ok", "a: denied", 2)


def test_the_gravest_refusal_is_the_status_because_a_missing_role_is_denied_too() -> None:
    faults = [
        Fault("denied", "AccessDenied", "a"),
        Fault("expired", "ExpiredToken", "b"),
        Fault("denied", "Later", "c"),
    ]
    [row] = assume_role_rows(ACCOUNT, CallStats(requests=3, faults=faults), ["a", "b"], is_assumed=False)
    assert (row.status, row.error_code, row.error_message) == ("expired", "ExpiredToken", "a; b")
    [row] = assume_role_rows(ACCOUNT, CallStats(requests=2, faults=[faults[0], faults[2]]), [], is_assumed=False)
    assert (row.status, row.error_code) == ("denied", "AccessDenied")
