"""Faults of services, lookups and connections."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ConnectionClosedError

from tests.demo.clients import DAY, MANAGEMENT, PAYMENTS, client, fake_aws, flat, pages, refusal, session
from tests.fake_aws import FakeAws, Faults


def test_iam_is_throttled_by_account() -> None:
    aws = fake_aws(limits={"iam": (0.001, 3)})
    iam = client(aws, "iam")
    for _ in range(3):
        iam.get_account_summary()
    with refusal("Throttling"):
        iam.get_account_summary()
    assert client(aws, "iam", PAYMENTS).get_account_summary()
    assert aws.counts[MANAGEMENT, "GetAccountSummary", "Throttling"] == 1


def test_lookups_are_throttled_by_account_and_region() -> None:
    aws = fake_aws(limits={"cloudtrail:LookupEvents": (0.001, 2)})
    here, there = client(aws, "cloudtrail"), client(aws, "cloudtrail", region="eu-west-1")
    here.lookup_events(), here.lookup_events(), there.lookup_events()
    with refusal("ThrottlingException"):
        here.lookup_events()


def test_denials_and_planned_errors_of_an_account() -> None:
    aws = fake_aws(
        deny=(("*", "ListUsers"), (PAYMENTS, "ListRoles")),
        errors=(("*", "ListGroups", 503, 1), (PAYMENTS, "ListPolicies", "Throttling", 2)),
    )
    iam, member_iam = client(aws, "iam"), client(aws, "iam", PAYMENTS)
    with refusal("AccessDenied"):
        iam.list_users()
    with refusal("AccessDenied"):
        member_iam.list_roles()
    with refusal("ServiceUnavailable"):
        iam.list_groups()
    assert iam.list_roles() and iam.list_groups() and iam.list_policies()
    for _ in range(2):
        with refusal("Throttling"):
            member_iam.list_policies()
    assert member_iam.list_policies()


def test_botocore_retries_what_is_transient() -> None:
    aws = fake_aws(errors=(("*", "ListGroups", 503, 1),), break_connections=(3,))
    iam = session(aws).client("iam")
    assert iam.list_groups()["Groups"]
    assert iam.list_roles()["Roles"]
    assert [call.outcome for call in aws.calls] == ["ServiceUnavailable", "ok", "broken", "ok"]


def test_a_connection_breaks_at_the_nth_call() -> None:
    iam = client(fake_aws(break_connections=(2,)), "iam")
    iam.list_users()
    with pytest.raises(ConnectionClosedError):
        iam.list_users()
    iam.list_users()


def test_a_user_is_deleted_during_a_run() -> None:
    iam = client(fake_aws(delete_user=(PAYMENTS, "bruno")), "iam", PAYMENTS)
    assert "bruno" in {user["UserName"] for user in flat(pages(iam, "list_users", "Users"))}
    for read in (iam.list_access_keys, iam.get_user, iam.list_mfa_devices, iam.get_login_profile):
        with refusal("NoSuchEntity"):
            read(UserName="bruno")


def test_describe_organization_without_an_organization_or_permission() -> None:
    with refusal("AWSOrganizationsNotInUseException"):
        client(fake_aws(no_organization=True), "organizations").describe_organization()
    with refusal("AccessDeniedException"):
        client(fake_aws(deny_organizations=True), "organizations").describe_organization()


def test_accounts_have_the_retired_status_field() -> None:
    accounts = flat(pages(client(fake_aws(state_field=False), "organizations"), "list_accounts", "Accounts"))
    assert Counter(account["Status"] for account in accounts) == {"ACTIVE": 14, "SUSPENDED": 2}
    assert not any("State" in account for account in accounts)


def test_requests_of_many_threads_wait_in_parallel() -> None:
    aws = FakeAws(DAY, accounts=2, users_per_account=40, faults=Faults(latency=0.05))
    iam = client(aws, "iam")
    started = time.monotonic()
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda n: iam.list_access_keys(UserName=f"user-{n:06}"), range(40)))
    assert 0.1 <= time.monotonic() - started < 1.9
    assert len(answers) == len(aws.calls) == len(set(aws.calls)) == 40


@pytest.mark.slow
def test_an_operation_is_denied_in_one_region() -> None:
    aws = fake_aws(regions_denied=((PAYMENTS, "LookupEvents", "eu-west-1"), ("*", "DescribeTrails", "us-east-1")))
    with refusal("AccessDeniedException"):
        client(aws, "cloudtrail", PAYMENTS, region="eu-west-1").lookup_events()
    assert client(aws, "cloudtrail", PAYMENTS).lookup_events()["Events"]
    assert client(aws, "cloudtrail", region="eu-west-1").lookup_events()["Events"]
    with refusal("AccessDeniedException"):
        client(aws, "cloudtrail").describe_trails()


def test_every_third_lookup_is_throttled() -> None:
    cloudtrail = client(fake_aws(lookup_stolen=3), "cloudtrail")
    for _ in range(2):
        assert cloudtrail.lookup_events() and cloudtrail.lookup_events()
        with refusal("ThrottlingException"):
            cloudtrail.lookup_events()


def test_the_rate_of_lookups_limits_no_other_operation() -> None:
    cloudtrail = client(fake_aws(limits={"cloudtrail:LookupEvents": (0.001, 1)}), "cloudtrail")
    assert cloudtrail.lookup_events() and cloudtrail.describe_trails() and cloudtrail.describe_trails()
    with refusal("ThrottlingException"):
        cloudtrail.lookup_events()
