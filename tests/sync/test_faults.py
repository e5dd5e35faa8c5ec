"""Throttling, broken connections, expired sessions and page tokens: the same rows if a retry succeeds, a gap otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.sync import Options, sync
from iamsql.sync.options import Progress
from iamsql.tables.calls.event_names import GLOBAL, REGIONAL
from tests.conftest import DAY
from tests.fake_aws import FakeAws, Faults
from tests.no_sleep import no_sleep
from tests.sync.syncs import (
    DATA,
    GREEN,
    LOGS,
    MANAGEMENT,
    PAYMENTS,
    TOOLS,
    WEB,
    SyncedRun,
    query,
    run_sync,
    sync_with_faults,
    table_rows,
)
from tests.tiers import slow_after

TABLES = (
    "aws_iam_user aws_iam_access_key aws_iam_role aws_iam_group aws_iam_policy aws_iam_credential_report aws_account "
    "aws_iam_virtual_mfa_device aws_iam_account_summary aws_iam_policy_attachment"
).split()
LOOKED_UP = (
    "select event_name, account_id, event_id, username, lookup_resources from aws_cloudtrail_event "
    "where data_source like 'event_history%' and list_contains(?, account_id)"
)
ONE_BY_ONE = {"accounts": (PAYMENTS,)}


def same_rows(before: Path, after: Path, accounts: tuple[str, ...]) -> None:
    for name in TABLES:
        left, right = (table_rows(path, name, accounts) for path in (before, after))
        assert left, name
        assert left == right, name
    plain, rough = (set(query(path, LOOKED_UP, accounts)) for path in (before, after))
    assert {row for row in plain if row[0] in (*GLOBAL, *REGIONAL)} < rough <= plain


@pytest.fixture(scope="module")
def faulty_run(tmp_path_factory: pytest.TempPathFactory) -> SyncedRun:
    """Return a run with throttling, broken connections, server errors, and pages so small that events are looked up by name."""
    faults = Faults(
        limits={"iam": (100, 40), "cloudtrail:LookupEvents": (100, 20)},
        page_size=2,
        break_connections=(9, 40, 41, 90),
        errors=(
            ("*", "ListVirtualMFADevices", 500, 2),
            (WEB, "*", 503, 2),
            (WEB, "ListAccessKeys", "Throttling", 1),
            (PAYMENTS, "GetAccountSummary", "Throttling", 2),
        ),
    )
    aws = FakeAws(DAY, faults=faults)
    options = Options(tmp_path_factory.mktemp("runs"), demo=True, accounts=(PAYMENTS, WEB))
    with no_sleep(aws):
        return SyncedRun(aws, sync(options, Progress(), aws))


@pytest.mark.slow
def test_temporary_faults_do_not_change_the_rows(faulty_run: SyncedRun, demo_run: Path) -> None:
    gaps = "select account_id, region, operation, status, error_code, error_message from iamsql.gaps"
    assert not faulty_run.rows(f"{gaps} where account_id in (?, ?) and status <> 'skipped'", PAYMENTS, WEB)
    same_rows(demo_run, faulty_run.path, (PAYMENTS, WEB))
    outcomes = faulty_run.rows("select account_id, outcome from iamsql.accounts where selected order by 1")
    assert outcomes == [(PAYMENTS, "complete"), (WEB, "complete")]


def test_coverage_counts_throttles_and_retries(faulty_run: SyncedRun) -> None:
    throttled = sum(n for (_, _, outcome), n in faulty_run.aws.counts.items() if outcome.startswith("Throttling"))
    broken = sum(
        n
        for (_, _, outcome), n in faulty_run.aws.counts.items()
        if outcome in ("broken", "InternalFailure", "ServiceUnavailable")
    )
    assert throttled > 2 and broken >= 5
    [(throttles, retries)] = faulty_run.rows("select sum(throttles), sum(retries) from iamsql.coverage")
    assert throttles == throttled
    assert retries == throttled + broken
    assert f"{throttled} throttled" in faulty_run.result.lines[0]
    assert faulty_run.status("ListAccessKeys", WEB) == {("ok", None)}


@pytest.mark.slow
def test_a_call_that_always_fails_is_an_error_in_coverage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iamsql.aws.client.backoff_seconds", lambda attempt: 0.0)
    run = sync_with_faults(tmp_path, errors=((PAYMENTS, "GetAccountSummary", 500, 99),), options=ONE_BY_ONE)
    assert run.status("GetAccountSummary", PAYMENTS) == {("error", "InternalFailure")}
    assert run.count_calls("GetAccountSummary", PAYMENTS) == 5
    assert run.status("ListAccessKeys", PAYMENTS) == {("ok", None)}
    reason = [("incomplete", "GetAccountSummary: error InternalFailure")]
    assert run.rows("select outcome, reason from iamsql.accounts where selected") == reason
    assert any("iam:GetAccountSummary: error (InternalFailure)" in line for line in run.result.lines)


@pytest.mark.slow
def test_a_call_that_is_always_throttled_is_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iamsql.aws.client.MAX_THROTTLE_TRIES", 2)
    monkeypatch.setattr("iamsql.aws.rates.measured_rate.MAX_RESERVE_TOKENS", 0.0)
    options = ONE_BY_ONE | {"tables": ("aws_account",)}
    run = sync_with_faults(tmp_path, errors=((PAYMENTS, "ListAccountAliases", "Throttling", 99),), options=options)
    assert run.status("ListAccountAliases", PAYMENTS) == {("throttled", "Throttling")}
    assert run.rows("select sum(throttles) from iamsql.coverage") == [(2,)]


@pytest.mark.slow
def test_a_user_deleted_during_the_sync_does_not_raise(tmp_path: Path, demo_run: Path) -> None:
    deny = tuple((PAYMENTS, name) for name in ("GetCredentialReport", "GenerateCredentialReport"))
    run = sync_with_faults(tmp_path, delete_user=(PAYMENTS, "bruno"), deny=deny, typed=True, options=ONE_BY_ONE)
    for operation in ("ListAccessKeys", "ListMFADevices", "GetLoginProfile", "GetAccessKeyLastUsed"):
        assert run.status(operation, PAYMENTS) == {("ok", None)}, operation
    assert run.count_calls("ListAccessKeys", PAYMENTS, "NoSuchEntity") == 1
    users = "select name from aws_iam_user where account_id = ? order by position"
    assert run.rows(users, PAYMENTS) == query(demo_run, users, PAYMENTS)
    assert run.rows("select 1 from aws_iam_access_key where user_name = 'bruno'") == []


@pytest.mark.slow
def test_a_key_deleted_during_the_sync_does_not_raise(tmp_path: Path) -> None:
    deny = tuple((DATA, name) for name in ("GetCredentialReport", "GenerateCredentialReport"))
    errors = ((DATA, "GetAccessKeyLastUsed", "NoSuchEntity", 1),)
    run = sync_with_faults(tmp_path, deny=deny, errors=errors, typed=True, options={"accounts": (DATA,)})
    assert run.status("GetAccessKeyLastUsed", DATA) == {("ok", None)}
    unknown = run.rows("select count(*) from aws_iam_access_key where not last_used_known")
    assert unknown == [(1,)]


@pytest.mark.slow
def test_a_role_session_is_renewed_before_it_expires(tmp_path: Path) -> None:
    run = sync_with_faults(
        tmp_path,
        token_lifetime=120.3,
        latency=0.08,
        options={"accounts": (PAYMENTS,), "tables": ("aws_iam_access_key",)},
    )
    assert run.count_calls("AssumeRole", MANAGEMENT, "ok") >= 2
    assert run.count_calls("ListAccessKeys", PAYMENTS, "ExpiredToken") == 0
    assert run.rows("select distinct outcome from iamsql.accounts where selected") == [("complete",)]


@pytest.mark.slow
def test_a_role_session_that_expires_early_is_renewed(tmp_path: Path) -> None:
    errors = ((PAYMENTS, "ListAccessKeys", "ExpiredToken", 1), (PAYMENTS, "LookupEvents", "ExpiredTokenException", 1))
    run = sync_with_faults(tmp_path, errors=errors, options=ONE_BY_ONE)
    assert run.status("ListAccessKeys", PAYMENTS) == {("ok", None)}
    assert run.status("LookupEvents", PAYMENTS) == {("ok", None)}
    assert run.count_calls("AssumeRole", MANAGEMENT, "ok") == 3


@pytest.mark.parametrize("after", slow_after(1, [1, 3, 40, 120]))
def test_the_run_finishes_if_the_callers_session_expires(tmp_path: Path, after: int) -> None:
    run = sync_with_faults(tmp_path, base_session_expires_after=after, typed=after == 40)
    statuses = {
        status for (status,) in run.rows("select status from iamsql.coverage where error_code ilike '%expired%'")
    }
    assert "expired" in statuses <= {"expired", "partial"}
    assert run.result.status in ("incomplete", "empty")
    assert run.count_calls("AssumeRole", outcome="ExpiredToken") <= 12  # those under way at once
    if after == 40:
        assert run.rows("select count(*) > 0 from aws_organizations_account") == [(True,)]
        states = dict(run.rows("select account_id, outcome from iamsql.accounts"))
        assert states[GREEN] in ("assume_role_failed", "complete", "incomplete")


@pytest.mark.slow
def test_accounts_after_the_callers_session_expired_are_marked_expired(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iamsql.sync.account.ACCOUNTS_AT_ONCE", 1)
    run = sync_with_faults(tmp_path, base_session_expires_after=60)
    assert run.count_calls("AssumeRole", outcome="ExpiredToken") <= 1
    last = "select distinct outcome from iamsql.accounts where account_id = ?"
    assert run.rows(last, GREEN) == [("assume_role_failed",)]
    codes = {status for status, _ in run.status("ListAccessKeys", GREEN)}
    assert codes == {"expired"}


@pytest.mark.slow
def test_the_run_finishes_if_the_session_that_reads_the_organization_cannot_be_renewed(tmp_path: Path) -> None:
    # The session of --org-role has to be renewed at once, and the caller's credentials expire when the accounts are listed.
    faults = Faults(token_lifetime=120.0, base_session_expires_after=8)
    aws, role = FakeAws(DAY, caller=PAYMENTS, faults=faults), f"arn:aws:iam::{TOOLS}:role/org-reader"
    selected = (PAYMENTS, TOOLS, GREEN)  # so that no account is read before all are listed
    run = run_sync(tmp_path, aws=aws, org_role=role, events=("none",), tables=("aws_iam_user",), accounts=selected)
    assert run.result.status in ("incomplete", "empty")
    assert run.status("ListAccounts", TOOLS) | run.status("ListAccounts", MANAGEMENT) == {("ok", None)}
    outcomes = dict(run.rows("select account_id, outcome from iamsql.accounts"))
    assert outcomes[TOOLS] == outcomes[GREEN] == "assume_role_failed"
    assert run.status("AssumeRole", TOOLS) == {("expired", "ExpiredToken")}
    assert run.status("GetAccountAuthorizationDetails", TOOLS) == {("expired", "credentials_expired")}


@pytest.mark.slow
@pytest.mark.parametrize("max_calls", [1, 2, 20, 60, 150])
def test_max_calls_limits_the_requests_and_is_reported(tmp_path: Path, max_calls: int) -> None:
    run = sync_with_faults(tmp_path, options={"max_calls": max_calls})
    assert len(run.aws.calls) == max_calls
    assert run.rows("select count(*) > 0 from iamsql.coverage where error_code = 'max_calls'") == [(True,)]
    assert run.result.status in ("incomplete", "empty")


@pytest.mark.slow
def test_an_expired_page_token_restarts_its_list(tmp_path: Path, demo_run: Path) -> None:
    aws = FakeAws(DAY, faults=Faults(page_size=1))
    plain, remaining = aws.answer, [("ListAccessKeys", "twins"), ("GetAccountAuthorizationDetails", "")]
    ended = ("InvalidMarker",)

    def answer(request: object, **options: object) -> object:
        from iamsql.demo import protocol
        from iamsql.demo.errors import AwsError

        parsed = protocol.read_request(request)
        params = dict(parsed.params)
        called = (parsed.operation, params.get("UserName", ""))
        if "Marker" in params and called in remaining:
            remaining.remove(called)
            return protocol.error_response(request.url, "iam", AwsError(ended[0], "It has ended."))  # type: ignore[attr-defined]
        return plain(request, **options)

    aws.answer = answer  # type: ignore[assignment,method-assign]
    options = Options(tmp_path, demo=True, accounts=(PAYMENTS,), tables=("aws_iam_access_key", "aws_iam_user"))
    run = SyncedRun(aws, sync(options, Progress(), aws))
    assert remaining == []
    for name in ("aws_iam_user", "aws_iam_access_key"):
        assert table_rows(run.path, name, [PAYMENTS]) == table_rows(demo_run, name, [PAYMENTS])
    assert (
        run.count_calls("GetAccessKeyLastUsed") == 3
    )  # two keys of the same date, which the report does not distinguish, and a key that is newer than the report


def test_an_account_that_denies_every_call_is_a_gap_and_the_others_are_read(tmp_path: Path) -> None:
    run = sync_with_faults(tmp_path, errors=((LOGS, "*", "AccessDenied", 999),), options={"accounts": (LOGS, PAYMENTS)})
    assert run.rows("select account_id, outcome from iamsql.accounts where selected order by 1") == [
        (LOGS, "incomplete"),
        (PAYMENTS, "complete"),
    ]
    assert {status for status, _ in run.status("%", LOGS)} == set()
    bad = run.rows("select distinct status from iamsql.coverage where account_id = ? and requests > 0 order by 1", LOGS)
    assert bad == [("denied",), ("ok",)]  # the role was assumed
