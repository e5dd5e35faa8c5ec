"""LookupEvents accepts a single attribute and returns the events of a Region; global services are in the home Region."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.demo.clients import PAYMENTS, client, flat, pages, refusal
from tests.fake_aws import FakeAws

SHARED, NETWORK, ALICE, GREENFIELD = "444455556666", "012345678901", "101010101010", "131313131313"


def found(aws: FakeAws, account_id: str, key: str = "", value: str = "", region: str = "us-east-1") -> list[Any]:
    role = "OrganizationAccountAccessRole" if account_id == SHARED else "iamsql-audit"
    attributes = {"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]} if key else {}
    return flat(pages(client(aws, "cloudtrail", account_id, role, region), "lookup_events", "Events", **attributes))


@pytest.mark.parametrize(
    ("key", "value", "names"),
    [
        ("EventName", "CreateRole", {"CreateRole"}),
        ("Username", "svc-backup", {"ConsoleLogin", "StopLogging", "SendCommand", "LeaveOrganization"}),
        ("EventSource", "rolesanywhere.amazonaws.com", {"CreateTrustAnchor", "CreateProfile"}),
        ("ResourceName", "svc-backup", {"CreateUser", "CreateLoginProfile", "DeleteUser"}),
        ("ResourceType", "AWS::KMS::Key", {"ScheduleKeyDeletion", "RotateKey"}),
    ],
)
def test_each_attribute_selects_its_events(aws: FakeAws, key: str, value: str, names: set[str]) -> None:
    assert names <= {event["EventName"] for event in found(aws, PAYMENTS, key, value)}


def test_an_event_is_found_by_its_id_and_by_its_key(aws: FakeAws) -> None:
    [role] = found(aws, PAYMENTS, "EventName", "CreateRole")
    assert found(aws, PAYMENTS, "EventId", role["EventId"]) == [role]
    by_key = found(aws, PAYMENTS, "AccessKeyId", role["AccessKeyId"])
    assert role in by_key and {event["Username"] for event in by_key} == {"ledger"}
    assert found(aws, PAYMENTS, "EventName", "createrole") == []


def test_read_only_and_other_events_are_all_events(aws: FakeAws) -> None:
    events = found(aws, PAYMENTS)
    writes, reads = found(aws, PAYMENTS, "ReadOnly", "false"), found(aws, PAYMENTS, "ReadOnly", "true")
    assert len(writes) > 100 and len(writes) + len(reads) == len(events)
    assert events == sorted(events, key=lambda event: (event["EventTime"], event["EventId"]), reverse=True)
    assert min(event["EventTime"] for event in events) >= datetime(2026, 3, 14, tzinfo=UTC) - timedelta(days=90)


def test_lookups_return_only_management_events_of_the_region(aws: FakeAws) -> None:
    for region in ("us-east-1", "eu-west-1", "us-east-2"):
        records = [json.loads(event["CloudTrailEvent"]) for event in found(aws, PAYMENTS, region=region)]
        assert {record["awsRegion"] for record in records} == {region}
        assert all(record["managementEvent"] for record in records)
        services = {record["eventSource"].partition(".")[0] for record in records}
        assert bool(services & {"iam", "organizations"}) == (region == "us-east-1")


def assert_refused(aws: FakeAws, code: str, **params: Any) -> None:
    with refusal(code):
        client(aws, "cloudtrail", PAYMENTS).lookup_events(**params)


@pytest.mark.slow
def test_errors_of_lookups(aws: FakeAws) -> None:
    now = datetime(2026, 3, 14, tzinfo=UTC)
    by_name, by_user = ({"AttributeKey": key, "AttributeValue": "x"} for key in ("EventName", "Username"))
    assert_refused(aws, "InvalidLookupAttributesException", LookupAttributes=[by_name, by_user])
    maybe = {"AttributeKey": "ReadOnly", "AttributeValue": "maybe"}
    assert_refused(aws, "InvalidLookupAttributesException", LookupAttributes=[maybe])
    assert_refused(aws, "InvalidTimeRangeException", StartTime=now, EndTime=now - timedelta(seconds=1))
    assert_refused(aws, "InvalidMaxResultsException", MaxResults=51)
    token = client(aws, "cloudtrail", PAYMENTS).lookup_events()["NextToken"]
    assert_refused(aws, "InvalidNextTokenException", NextToken=token, LookupAttributes=[by_name])
    assert not client(aws, "cloudtrail", PAYMENTS).lookup_events(EventCategory="insight")["Events"]


def test_a_service_control_policy_denies_a_region(aws: FakeAws) -> None:
    with pytest.raises(ClientError, match=r"AccessDeniedException.*service control policy"):
        found(aws, ALICE, region="ap-southeast-2")
    assert found(aws, ALICE, "EventName", "ConsoleLogin", "eu-north-1")


@pytest.mark.slow
def test_user_names_of_lookups(aws: FakeAws) -> None:
    assert {event["Username"] for event in found(aws, NETWORK, "EventName", "StopLogging")} == {"terraform"}
    taken = found(aws, SHARED, "EventName", "AssumeRole", "eu-west-1")
    assert [event.get("Username") for event in taken if "AWSAccount" in event["CloudTrailEvent"]] == [None]
    root = [event["EventName"] for event in found(aws, NETWORK, "Username", "root")]
    assert {"CreateAccessKey", "DeleteAccessKey", "ConsoleLogin"} <= set(root)
    assert found(aws, GREENFIELD, "EventName", "ConsoleLogin", "eu-north-1")
