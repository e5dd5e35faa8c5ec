"""Runs in rooms that throttle, break, expire and forget: the same rows where they can be had, a row of coverage where not."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.schema.tables._event_names import GLOBAL, REGIONAL
from iamsql.sync import Options, sync
from iamsql.sync.options import SilentProgress
from tests.conftest import DAY
from tests.fake_aws import FakeAws, Faults
from tests.sync.syncs import (
    DATA,
    GREEN,
    LOGS,
    MANAGEMENT,
    PAYMENTS,
    WEB,
    SyncedRun,
    query,
    sync_with_faults,
    table_rows,
)

TABLES = (
    "aws_iam_user aws_iam_access_key aws_iam_role aws_iam_group aws_iam_policy aws_iam_credential_report aws_account "
    "aws_iam_virtual_mfa_device aws_iam_account_summary aws_iam_policy_attachment"
).split()
LOOKED_UP = (
    "select event_name, account_id, event_id, username, looked_up from aws_cloudtrail_event "
    "where found_by like 'look-up%' and list_contains(?, account_id)"
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
def rough(tmp_path_factory: pytest.TempPathFactory) -> SyncedRun:
    """Throttled, with broken connections and server errors, in pages so small that events are looked up by name."""
    faults = Faults(
        iam_rate=100,
        iam_burst=40,
        lookup_rate=100,
        lookup_burst=20,
        page_size=2,
        break_connections=(9, 40, 41, 90),
        errors=(
            ("*", "ListVirtualMFADevices", 500, 2),
            (WEB, "*", 503, 2),
            (WEB, "ListAccessKeys", "Throttling", 1),
            (PAYMENTS, "GetAccountSummary", "Throttling", 2),
        ),
    )
    room = FakeAws(DAY, faults=faults)
    options = Options(tmp_path_factory.mktemp("runs"), demo=True, accounts=(PAYMENTS, WEB))
    return SyncedRun(room, sync(options, SilentProgress(), room))


def test_a_rough_room_gives_the_same_rows(rough: SyncedRun, demo_run: Path) -> None:
    same_rows(demo_run, rough.path, (PAYMENTS, WEB))
    outcomes = rough.rows("select account_id, outcome from iamsql.accounts where selected order by 1")
    assert outcomes == [(PAYMENTS, "read"), (WEB, "read")]


def test_coverage_counts_throttles_and_retries(rough: SyncedRun) -> None:
    throttled = sum(n for (_, _, how), n in rough.aws.counts.items() if how.startswith("Throttling"))
    broken = sum(
        n for (_, _, how), n in rough.aws.counts.items() if how in ("broken", "InternalFailure", "ServiceUnavailable")
    )
    assert throttled > 2 and broken >= 5
    [(throttles, retries)] = rough.rows("select sum(throttles), sum(retries) from iamsql.coverage")
    assert throttles == throttled
    assert retries == throttled + broken
    assert f"{throttled} throttled" in rough.result.lines[0]
    assert rough.status("ListAccessKeys", WEB) == {("ok", None)}


def test_a_call_that_stays_broken_is_an_error_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iamsql.aws.client.backoff", lambda attempt: 0.0)
    ran = sync_with_faults(tmp_path, errors=((PAYMENTS, "GetAccountSummary", 500, 99),), options=ONE_BY_ONE)
    assert ran.status("GetAccountSummary", PAYMENTS) == {("error", "InternalFailure")}
    assert ran.count_calls("GetAccountSummary", PAYMENTS) == 5
    assert ran.status("ListAccessKeys", PAYMENTS) == {("ok", None)}
    reason = [("partial", "GetAccountSummary: error InternalFailure")]
    assert ran.rows("select outcome, reason from iamsql.accounts where selected") == reason
    assert any("iam:GetAccountSummary: error (InternalFailure)" in line for line in ran.result.lines)


def test_a_call_that_stays_throttled_is_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iamsql.aws.client.THROTTLE_TRIES", 2)
    monkeypatch.setattr("iamsql.aws.ratelimit.RESERVE", 0.0)
    options = ONE_BY_ONE | {"tables": ("aws_account",)}
    ran = sync_with_faults(tmp_path, errors=((PAYMENTS, "ListAccountAliases", "Throttling", 99),), options=options)
    assert ran.status("ListAccountAliases", PAYMENTS) == {("throttled", "Throttling")}
    assert ran.rows("select sum(throttles) from iamsql.coverage") == [(2,)]


def test_a_user_deleted_meanwhile_is_no_error(tmp_path: Path, demo_run: Path) -> None:
    deny = tuple((PAYMENTS, name) for name in ("GetCredentialReport", "GenerateCredentialReport"))
    ran = sync_with_faults(tmp_path, delete_user=(PAYMENTS, "bruno"), deny=deny, typed=True, options=ONE_BY_ONE)
    for operation in ("ListAccessKeys", "ListMFADevices", "GetLoginProfile", "GetAccessKeyLastUsed"):
        assert ran.status(operation, PAYMENTS) == {("ok", None)}, operation
    assert ran.count_calls("ListAccessKeys", PAYMENTS, "NoSuchEntity") == 1
    users = "select name from aws_iam_user where account_id = ? order by position"
    assert ran.rows(users, PAYMENTS) == query(demo_run, users, PAYMENTS)
    assert ran.rows("select 1 from aws_iam_access_key where user_name = 'bruno'") == []


def test_a_key_deleted_meanwhile_is_no_error_either(tmp_path: Path) -> None:
    deny = tuple((DATA, name) for name in ("GetCredentialReport", "GenerateCredentialReport"))
    errors = ((DATA, "GetAccessKeyLastUsed", "NoSuchEntity", 1),)
    ran = sync_with_faults(tmp_path, deny=deny, errors=errors, typed=True, options={"accounts": (DATA,)})
    assert ran.status("GetAccessKeyLastUsed", DATA) == {("ok", None)}
    unknown = ran.rows("select count(*) from aws_iam_access_key where not last_used_known")
    assert unknown == [(1,)]


def test_roles_are_renewed_before_they_end(tmp_path: Path) -> None:
    ran = sync_with_faults(
        tmp_path,
        token_lifetime=120.3,
        latency=0.08,
        options={"accounts": (PAYMENTS,), "tables": ("aws_iam_access_key",)},
    )
    assert ran.count_calls("AssumeRole", MANAGEMENT, "ok") >= 2
    assert ran.count_calls("ListAccessKeys", PAYMENTS, "ExpiredToken") == 0
    assert ran.rows("select distinct outcome from iamsql.accounts where selected") == [("read",)]


def test_a_session_that_ended_early_is_renewed(tmp_path: Path) -> None:
    errors = ((PAYMENTS, "ListAccessKeys", "ExpiredToken", 1), (PAYMENTS, "LookupEvents", "ExpiredTokenException", 1))
    ran = sync_with_faults(tmp_path, errors=errors, options=ONE_BY_ONE)
    assert ran.status("ListAccessKeys", PAYMENTS) == {("ok", None)}
    assert ran.status("LookupEvents", PAYMENTS) == {("ok", None)}
    assert ran.count_calls("AssumeRole", MANAGEMENT, "ok") == 3


@pytest.mark.parametrize("after", [1, 3, 40, 120])
def test_when_the_callers_session_ends_the_run_still_finishes(tmp_path: Path, after: int) -> None:
    ran = sync_with_faults(tmp_path, base_session_expires_after=after, typed=after == 40)
    left = {status for (status,) in ran.rows("select status from iamsql.coverage where error_code ilike '%expired%'")}
    assert "expired" in left <= {"expired", "partial"}
    assert ran.result.status in ("gaps", "empty")
    assert ran.count_calls("AssumeRole", outcome="ExpiredToken") <= 12  # those under way at once
    if after == 40:
        assert ran.rows("select count(*) > 0 from aws_organizations_account") == [(True,)]
        states = dict(ran.rows("select account_id, outcome from iamsql.accounts"))
        assert states[GREEN] in ("assume_role_failed", "read", "partial")


def test_accounts_after_the_end_of_the_session_are_expired(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iamsql.sync.runner.ACCOUNTS_AT_ONCE", 1)
    ran = sync_with_faults(tmp_path, base_session_expires_after=60)
    assert ran.count_calls("AssumeRole", outcome="ExpiredToken") <= 1
    last = "select distinct outcome from iamsql.accounts where account_id = ?"
    assert ran.rows(last, GREEN) == [("assume_role_failed",)]
    codes = {status for status, _ in ran.status("ListAccessKeys", GREEN)}
    assert codes == {"expired"}


@pytest.mark.parametrize("most", [1, 2, 20, 60, 150])
def test_max_calls_is_kept_and_said(tmp_path: Path, most: int) -> None:
    ran = sync_with_faults(tmp_path, options={"max_calls": most})
    assert len(ran.aws.calls) == most
    assert ran.rows("select count(*) > 0 from iamsql.coverage where error_code = 'max_calls'") == [(True,)]
    assert ran.result.status in ("gaps", "empty")


def test_an_ended_marker_starts_its_list_again(tmp_path: Path, demo_run: Path) -> None:
    room = FakeAws(DAY, faults=Faults(page_size=1))
    plain, left = room.answer, [("ListAccessKeys", "twins"), ("GetAccountAuthorizationDetails", "")]
    ended = ("InvalidMarker",)

    def answer(request: object, **more: object) -> object:
        from iamsql.demo import protocol
        from iamsql.demo.errors import AwsError

        asked = protocol.read(request)
        params = dict(asked.params)
        one = (asked.operation, params.get("UserName", ""))
        if "Marker" in params and one in left:
            left.remove(one)
            return protocol.refuse(request.url, "iam", AwsError(ended[0], "It has ended."))  # type: ignore[attr-defined]
        return plain(request, **more)

    room.answer = answer  # type: ignore[assignment,method-assign]
    options = Options(tmp_path, demo=True, accounts=(PAYMENTS,), tables=("aws_iam_access_key", "aws_iam_user"))
    ran = SyncedRun(room, sync(options, SilentProgress(), room))
    assert left == []
    for name in ("aws_iam_user", "aws_iam_access_key"):
        assert table_rows(ran.path, name, [PAYMENTS]) == table_rows(demo_run, name, [PAYMENTS])
    assert (
        ran.count_calls("GetAccessKeyLastUsed") == 3
    )  # the twins, that no slot tells apart, and one younger than the report


def test_an_account_denied_everything_is_a_row_and_stops_nobody(tmp_path: Path) -> None:
    ran = sync_with_faults(tmp_path, errors=((LOGS, "*", "AccessDenied", 999),), options={"accounts": (LOGS, PAYMENTS)})
    assert ran.rows("select account_id, outcome from iamsql.accounts where selected order by 1") == [
        (LOGS, "partial"),
        (PAYMENTS, "read"),
    ]
    assert {status for status, _ in ran.status("%", LOGS)} == set()
    bad = ran.rows("select distinct status from iamsql.coverage where account_id = ? and requests > 0 order by 1", LOGS)
    assert bad == [("denied",), ("ok",)]  # the role was assumed
