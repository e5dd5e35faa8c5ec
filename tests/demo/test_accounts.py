"""The sample organization has the situations that the queries look for, in every partition."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.demo.clients import DAY, MANAGEMENT, PAYMENTS, client, flat, pages
from tests.fake_aws import FakeAws

PARTITIONS = [("aws", "us-east-1"), ("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1")]


def root_row(iam: Any) -> dict[str, str]:
    while iam.generate_credential_report()["State"] != "COMPLETE":
        pass
    return next(csv.DictReader(io.StringIO(iam.get_credential_report()["Content"].decode())))


def events(cloudtrail: Any, key: str, value: str, **more: Any) -> list[dict[str, Any]]:
    attributes = [{"AttributeKey": key, "AttributeValue": value}]
    return flat(pages(cloudtrail, "lookup_events", "Events", LookupAttributes=attributes, **more))


@pytest.mark.parametrize(
    ("account_id", "keys", "mfa", "password", "first_key"),
    [
        (PAYMENTS, 1, 1, "TRUE", "true"),
        ("666677778888", 1, 1, "not_supported", "false"),
        ("012345678901", 0, 0, "TRUE", "false"),
        ("131313131313", 0, 0, "FALSE", "false"),
    ],
)
def test_root_user(aws: FakeAws, account_id: str, keys: int, mfa: int, password: str, first_key: str) -> None:
    iam = client(aws, "iam", account_id)
    summary, row = iam.get_account_summary()["SummaryMap"], root_row(iam)
    assert (summary["AccountAccessKeysPresent"], summary["AccountMFAEnabled"]) == (keys, mfa)
    assert (row["user"], row["password_enabled"], row["access_key_1_active"]) == ("<root_account>", password, first_key)
    assert row["mfa_active"] == str(bool(mfa)).lower()
    assert ("access_key_1_note" in row) == (account_id == "666677778888")


def test_sign_ins_of_the_root_user(aws: FakeAws) -> None:
    cloudtrail = client(aws, "cloudtrail", PAYMENTS)
    root_events = events(cloudtrail, "Username", "root")
    assert [event["EventName"] for event in root_events] == [
        "ConsoleLogin",
        "ListBuckets",
        "ConsoleLogin",
        "ConsoleLogin",
    ]
    assert root_events == sorted(root_events, key=lambda event: event["EventTime"], reverse=True)
    records = [json.loads(event["CloudTrailEvent"]) for event in root_events]
    assert [(event["responseElements"] or {}).get("ConsoleLogin") for event in records] == [
        "Success",
        None,
        "Failure",
        "Success",
    ]
    assert all(event["userIdentity"]["type"] == "Root" for event in records)
    row = root_row(client(aws, "iam", PAYMENTS))
    assert datetime.fromisoformat(row["password_last_used"]) == root_events[0]["EventTime"]


def test_lookups_filter_by_time_region_and_attribute(aws: FakeAws) -> None:
    cloudtrail = client(aws, "cloudtrail", PAYMENTS)
    start = datetime(2026, 3, 14, tzinfo=UTC) - timedelta(days=20)
    assert len(events(cloudtrail, "Username", "root", StartTime=start)) == 2
    assert len(events(cloudtrail, "Username", "root", EndTime=start)) == 2
    assert not events(client(aws, "cloudtrail", PAYMENTS, region="eu-west-1"), "Username", "root")
    deleted = events(cloudtrail, "EventName", "DeleteAccessKey")
    key_owners = [event["Resources"][0]["ResourceName"] for event in deleted]
    assert key_owners == ["ana.torres", "svc-backup", "checkout", "old-gateway"]
    created_names = {
        event["Resources"][1]["ResourceName"] for event in events(cloudtrail, "EventName", "CreateAccessKey")
    }
    keys = client(aws, "iam", PAYMENTS).list_access_keys(UserName="refunds")["AccessKeyMetadata"]
    assert keys[0]["AccessKeyId"] in created_names
    by_service = events(client(aws, "cloudtrail", "666677778888"), "EventName", "CreateUser")
    assert [event.get("Username") for event in by_service].count(None) == 1


@pytest.mark.slow
def test_equal_creation_dates_and_service_credentials(aws: FakeAws) -> None:
    iam = client(aws, "iam", PAYMENTS)
    twins = flat(pages(iam, "list_access_keys", "AccessKeyMetadata", UserName="twins"))
    assert len({key["CreateDate"] for key in twins}) == 1 < len(twins)
    credentials = flat(pages(client(aws, "iam", "777788889999"), "list_users", "Users")) and client(
        aws, "iam", "777788889999"
    ).list_service_specific_credentials(AllUsers=True)
    assert credentials["ServiceSpecificCredentials"][0]["ExpirationDate"] > aws.now


@pytest.mark.parametrize(("partition", "region"), PARTITIONS)
def test_arns_have_the_partition(partition: str, region: str) -> None:
    aws = FakeAws(DAY, partition=partition)
    assert client(aws, "sts", region=region).get_caller_identity()["Arn"].startswith(f"arn:{partition}:sts::")
    iam = client(aws, "iam", PAYMENTS, region=region)
    written = json.dumps(iam.get_account_authorization_details(MaxItems=1000), default=str)
    assert f"arn:{partition}:iam" in written and (partition == "aws" or "arn:aws:" not in written)
    assert events(client(aws, "cloudtrail", PAYMENTS, region=region), "Username", "root")


@pytest.mark.slow
def test_another_day_differs_by_dates_only() -> None:
    def users(day: date) -> list[dict[str, Any]]:
        return flat(pages(client(FakeAws(day), "iam", PAYMENTS), "list_users", "Users"))

    assert users(DAY) == users(DAY)
    later = users(DAY + timedelta(days=1))
    assert [user["UserId"] for user in later] == [user["UserId"] for user in users(DAY)]
    shift = {new["CreateDate"] - old["CreateDate"] for new, old in zip(later, users(DAY), strict=True)}
    assert shift == {timedelta(days=1)}


@pytest.mark.slow
def test_a_synthetic_organization_of_any_size() -> None:
    aws = FakeAws(DAY, accounts=1000, users_per_account=1000)
    accounts = flat(pages(client(aws, "organizations"), "list_accounts", "Accounts"))
    assert len(accounts) == 1000
    iam = client(aws, "iam", accounts[-1]["Id"])
    details = iam.get_account_authorization_details(Filter=["User"], MaxItems=1000)["UserDetailList"]
    assert len(details) == 1000
    keys = [iam.list_access_keys(UserName=user["UserName"])["AccessKeyMetadata"] for user in details[:40]]
    assert sorted(map(len, keys)) == [0] * 16 + [1] * 18 + [2] * 6
    last = iam.get_access_key_last_used(AccessKeyId=keys[38][1]["AccessKeyId"])
    assert last["UserName"] == "user-000038"
    row = root_row(iam)
    assert row["arn"] == f"arn:aws:iam::{accounts[-1]['Id']}:root"
    assert aws.organization.management.id == "100000000000" != MANAGEMENT
