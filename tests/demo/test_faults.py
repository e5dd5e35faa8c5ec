"""Faults of services, sessions and connections."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ConnectionClosedError

from tests.demo.clients import DAY, MANAGEMENT, PAYMENTS, client, flat, pages, refusal, session
from tests.fake_aws import FakeAws, Faults


def room_with(**faults: object) -> FakeAws:
    return FakeAws(DAY, faults=Faults(**faults))


def test_iam_is_throttled_by_account() -> None:
    aws = room_with(iam_rate=0.001, iam_burst=3)
    one = client(aws, "iam")
    for _ in range(3):
        one.get_account_summary()
    with refusal("Throttling"):
        one.get_account_summary()
    assert client(aws, "iam", PAYMENTS).get_account_summary()
    assert aws.counts[MANAGEMENT, "GetAccountSummary", "Throttling"] == 1


def test_look_ups_are_throttled_by_account_and_region() -> None:
    aws = room_with(lookup_rate=0.001)
    here, there = client(aws, "cloudtrail"), client(aws, "cloudtrail", region="eu-west-1")
    here.lookup_events(), here.lookup_events(), there.lookup_events()
    with refusal("ThrottlingException"):
        here.lookup_events()


def test_denials_and_planned_errors() -> None:
    aws = room_with(
        deny=(("*", "ListUsers"), (PAYMENTS, "ListRoles")),
        errors=(("*", "ListGroups", 503, 1), (PAYMENTS, "ListPolicies", "Throttling", 2)),
    )
    one, other = client(aws, "iam"), client(aws, "iam", PAYMENTS)
    with refusal("AccessDenied"):
        one.list_users()
    with refusal("AccessDenied"):
        other.list_roles()
    with refusal("ServiceUnavailable"):
        one.list_groups()
    assert one.list_roles() and one.list_groups() and one.list_policies()
    for _ in range(2):
        with refusal("Throttling"):
            other.list_policies()
    assert other.list_policies()


def test_botocore_retries_what_is_transient() -> None:
    aws = room_with(errors=(("*", "ListGroups", 503, 1),), break_connections=(3,))
    one = session(aws).client("iam")
    assert one.list_groups()["Groups"]
    assert one.list_roles()["Roles"]
    assert [call.outcome for call in aws.calls] == ["ServiceUnavailable", "ok", "broken", "ok"]


def test_a_connection_breaks_at_the_nth_call() -> None:
    one = client(room_with(break_connections=(2,)), "iam")
    one.list_users()
    with pytest.raises(ConnectionClosedError):
        one.list_users()
    one.list_users()


def test_sessions_end() -> None:
    aws = room_with(token_lifetime=0.2, base_session_expires_after=3)
    one = client(aws, "iam", PAYMENTS)
    assert one.list_users()
    time.sleep(0.25)
    with refusal("ExpiredToken"):
        one.list_users()
    with refusal("ExpiredToken"):
        client(aws, "sts").get_caller_identity()
    with refusal("ExpiredTokenException"):
        client(aws, "organizations").list_roots()


def test_a_user_is_deleted_during_a_run() -> None:
    one = client(room_with(delete_user=(PAYMENTS, "bruno")), "iam", PAYMENTS)
    assert "bruno" in {user["UserName"] for user in flat(pages(one, "list_users", "Users"))}
    for read in (one.list_access_keys, one.get_user, one.list_mfa_devices, one.get_login_profile):
        with refusal("NoSuchEntity"):
            read(UserName="bruno")


def test_without_an_organization_or_the_right_to_read_it() -> None:
    with refusal("AWSOrganizationsNotInUseException"):
        client(room_with(no_organization=True), "organizations").describe_organization()
    with refusal("AccessDeniedException"):
        client(room_with(deny_organizations=True), "organizations").describe_organization()


def test_the_retired_status_field() -> None:
    accounts = flat(pages(client(room_with(state_field=False), "organizations"), "list_accounts", "Accounts"))
    assert Counter(one["Status"] for one in accounts) == {"ACTIVE": 14, "SUSPENDED": 2}
    assert not any("State" in one for one in accounts)


def test_pages_of_any_size_and_tokens_of_one_request() -> None:
    one = client(room_with(page_size=1), "iam", PAYMENTS)
    assert [len(page) for page in pages(one, "list_users", "Users")] == [1] * 9
    marker = one.list_users()["Marker"]
    with refusal("ValidationError"):
        one.list_roles(Marker=marker)
    trail = client(room_with(page_size=1), "cloudtrail", PAYMENTS)
    by_root = [{"AttributeKey": "Username", "AttributeValue": "root"}]
    token = trail.lookup_events(LookupAttributes=by_root)["NextToken"]
    with refusal("InvalidNextTokenException"):
        trail.lookup_events(NextToken=token)


def test_latency_and_many_threads() -> None:
    aws = FakeAws(DAY, accounts=2, users_per_account=40, faults=Faults(latency=0.05))
    one = client(aws, "iam")
    started = time.monotonic()
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda n: one.list_access_keys(UserName=f"user-{n:06}"), range(40)))
    assert 0.1 <= time.monotonic() - started < 1.9
    assert len(answers) == len(aws.calls) == len(set(aws.calls)) == 40
