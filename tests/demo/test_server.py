"""The server answers boto3 as AWS does: callers, and what the organization denies."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.demo.clients import DAY, MANAGEMENT, PAYMENTS, client, flat, pages, refusal
from tests.fake_aws import FakeAws


def test_the_caller_is_in_the_management_account(aws: FakeAws) -> None:
    identity = client(aws, "sts").get_caller_identity()
    assert identity["Account"] == MANAGEMENT
    organization = client(aws, "organizations").describe_organization()["Organization"]
    assert organization["MasterAccountId"] == MANAGEMENT


def test_denials_of_the_sample_organization(aws: FakeAws) -> None:
    with refusal("AccessDenied"):
        client(aws, "iam", "777788889999").generate_credential_report()
    with refusal("AccessDenied"):
        client(aws, "iam", "888899990000", "OrganizationAccountAccessRole").get_account_authorization_details()
    with refusal("AccessDeniedException"):
        client(aws, "cloudtrail", "121212121212").lookup_events()
    with refusal("NoSuchEntity"):
        client(aws, "iam", "012345678901").get_account_password_policy()


def test_another_caller_and_dates_in_the_past(aws: FakeAws) -> None:
    assert client(FakeAws(DAY, caller=PAYMENTS), "sts").get_caller_identity()["Account"] == PAYMENTS
    for user in flat(pages(client(aws, "iam", PAYMENTS), "list_users", "Users")):
        assert user["CreateDate"] < datetime(2026, 3, 14, tzinfo=UTC)
