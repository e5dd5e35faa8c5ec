"""LookupEvents answers from whole records as AWS does: one attribute, one region, global services in one of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.demo.clients import DAY, PAYMENTS, client, flat, pages, refusal
from tests.fake_aws import FakeAws

SHARED, NETWORK, ALICE, GREENFIELD = "444455556666", "012345678901", "101010101010", "131313131313"


@pytest.fixture(scope="module")
def room() -> FakeAws:
    return FakeAws(DAY)


def found(room: FakeAws, account_id: str, key: str = "", value: str = "", region: str = "us-east-1") -> list[Any]:
    role = "OrganizationAccountAccessRole" if account_id == SHARED else "iamsql-audit"
    wanted = {"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]} if key else {}
    return flat(pages(client(room, "cloudtrail", account_id, role, region), "lookup_events", "Events", **wanted))


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
def test_every_attribute_finds_its_events(room: FakeAws, key: str, value: str, names: set[str]) -> None:
    assert names <= {event["EventName"] for event in found(room, PAYMENTS, key, value)}


def test_an_event_is_found_by_its_id_and_by_its_key(room: FakeAws) -> None:
    [role] = found(room, PAYMENTS, "EventName", "CreateRole")
    assert found(room, PAYMENTS, "EventId", role["EventId"]) == [role]
    by_key = found(room, PAYMENTS, "AccessKeyId", role["AccessKeyId"])
    assert role in by_key and {event["Username"] for event in by_key} == {"ledger"}
    assert found(room, PAYMENTS, "EventName", "createrole") == []


def test_writes_and_reads_make_up_the_whole(room: FakeAws) -> None:
    whole = found(room, PAYMENTS)
    writes, reads = found(room, PAYMENTS, "ReadOnly", "false"), found(room, PAYMENTS, "ReadOnly", "true")
    assert len(writes) > 100 and len(writes) + len(reads) == len(whole)
    assert whole == sorted(whole, key=lambda event: (event["EventTime"], event["EventId"]), reverse=True)
    assert min(event["EventTime"] for event in whole) >= datetime(2026, 3, 14, tzinfo=UTC) - timedelta(days=90)


def test_only_management_events_each_in_its_region(room: FakeAws) -> None:
    for region in ("us-east-1", "eu-west-1", "us-east-2"):
        records = [json.loads(event["CloudTrailEvent"]) for event in found(room, PAYMENTS, region=region)]
        assert {record["awsRegion"] for record in records} == {region}
        assert all(record["managementEvent"] for record in records)
        services = {record["eventSource"].partition(".")[0] for record in records}
        assert bool(services & {"iam", "organizations"}) == (region == "us-east-1")


def refuse(room: FakeAws, code: str, **params: Any) -> None:
    with refusal(code):
        client(room, "cloudtrail", PAYMENTS).lookup_events(**params)


def test_what_cannot_be_looked_up(room: FakeAws) -> None:
    now = datetime(2026, 3, 14, tzinfo=UTC)
    one, other = ({"AttributeKey": key, "AttributeValue": "x"} for key in ("EventName", "Username"))
    refuse(room, "InvalidLookupAttributesException", LookupAttributes=[one, other])
    maybe = {"AttributeKey": "ReadOnly", "AttributeValue": "maybe"}
    refuse(room, "InvalidLookupAttributesException", LookupAttributes=[maybe])
    refuse(room, "InvalidTimeRangeException", StartTime=now, EndTime=now - timedelta(seconds=1))
    refuse(room, "InvalidMaxResultsException", MaxResults=51)
    token = client(room, "cloudtrail", PAYMENTS).lookup_events()["NextToken"]
    refuse(room, "InvalidNextTokenException", NextToken=token, LookupAttributes=[one])
    assert not client(room, "cloudtrail", PAYMENTS).lookup_events(EventCategory="insight")["Events"]


def test_one_region_is_denied_by_a_policy_of_the_organization(room: FakeAws) -> None:
    with pytest.raises(ClientError, match=r"AccessDeniedException.*service control policy"):
        found(room, ALICE, region="ap-southeast-2")
    assert found(room, ALICE, "EventName", "ConsoleLogin", "eu-north-1")


def test_who_it_was_as_look_ups_name_them(room: FakeAws) -> None:
    assert {event["Username"] for event in found(room, NETWORK, "EventName", "StopLogging")} == {"terraform"}
    taken = found(room, SHARED, "EventName", "AssumeRole", "eu-west-1")
    assert [event.get("Username") for event in taken if "AWSAccount" in event["CloudTrailEvent"]] == [None]
    root = [event["EventName"] for event in found(room, NETWORK, "Username", "root")]
    assert {"CreateAccessKey", "DeleteAccessKey", "ConsoleLogin"} <= set(root)
    assert found(room, GREENFIELD, "EventName", "ConsoleLogin", "eu-north-1")
