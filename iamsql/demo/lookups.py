"""What LookupEvents answers from an account's records: management events of one region, one attribute at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from iamsql.demo.errors import AwsError
from iamsql.demo.events import records
from iamsql.demo.people import Site
from iamsql.demo.records import Record

Event = dict[str, Any]
WINDOW = 90
KEYS = ("EventId", "EventName", "ReadOnly", "Username", "ResourceType", "ResourceName", "EventSource", "AccessKeyId")
# The parameter of a request that names a resource, and the type that look-ups give it; assumed from published examples.
NAMED: dict[str, dict[str, str]] = {
    "iam": {
        "userName": "AWS::IAM::User",
        "groupName": "AWS::IAM::Group",
        "roleName": "AWS::IAM::Role",
        "policyArn": "AWS::IAM::Policy",
        "policyName": "AWS::IAM::Policy",
        "accessKeyId": "AWS::IAM::AccessKey",
        "serialNumber": "AWS::IAM::MFADevice",
        "sAMLProviderArn": "AWS::IAM::SAMLProvider",
    },
    "s3": {"bucketName": "AWS::S3::Bucket"},
    "cloudtrail": {"name": "AWS::CloudTrail::Trail", "trailName": "AWS::CloudTrail::Trail"},
    "ec2": {
        "instanceId": "AWS::EC2::Instance",
        "snapshotId": "AWS::EC2::Snapshot",
        "imageId": "AWS::EC2::Ami",
        "groupId": "AWS::EC2::SecurityGroup",
    },
    "kms": {"keyId": "AWS::KMS::Key"},
    "lambda": {"functionName": "AWS::Lambda::Function"},
    "secretsmanager": {"secretId": "AWS::SecretsManager::Secret"},
    "guardduty": {"detectorId": "AWS::GuardDuty::Detector"},
    "rds": {"dBSnapshotIdentifier": "AWS::RDS::DBSnapshot"},
}


@lru_cache(maxsize=64)
def found_in(site: Site) -> dict[str, tuple[Event, ...]]:
    """Give an account's look-up answers of the last 90 days by region, newest first."""
    oldest = site.midnight - timedelta(days=WINDOW)
    regions: dict[str, list[Event]] = {}
    for one in records(site):
        if one["managementEvent"]:
            event = written(one)
            if event["EventTime"] >= oldest:
                regions.setdefault(one["awsRegion"], []).append(event)
    return {region: tuple(sorted(events, key=_order, reverse=True)) for region, events in regions.items()}


def _order(event: Event) -> tuple[datetime, str]:
    return event["EventTime"], event["EventId"]


def written(one: Record) -> Event:
    """Write a record as LookupEvents does."""
    event = {
        "EventId": one["eventID"],
        "EventName": one["eventName"],
        "ReadOnly": str(one["readOnly"]).lower(),
        "EventTime": datetime.strptime(one["eventTime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC),
        "EventSource": one["eventSource"],
        "Resources": [{"ResourceType": kind, "ResourceName": name} for kind, name in dict.fromkeys(_resources(one))],
        "CloudTrailEvent": json.dumps(one, separators=(",", ":")),
    }
    who = one["userIdentity"]
    more = {"Username": username(who), "AccessKeyId": who.get("accessKeyId")}
    return event | {name: value for name, value in more.items() if value}


def username(who: Record) -> str | None:
    """Name who did it: a user by name, a session by its own name, root as 'root', a service not at all."""
    if who.get("type") == "Root":
        return "root"
    if "userName" in who:
        return str(who["userName"])
    session = who.get("type") == "AssumedRole" and who["principalId"].partition(":")[2]
    return session or None


def _resources(one: Record) -> Iterator[tuple[str, str]]:
    named = NAMED.get(one["eventSource"].partition(".")[0], {})
    for part in (one["requestParameters"] or {}, *_made(one)):
        for name, kind in named.items():
            if isinstance(part.get(name), str):
                yield kind, part[name]
    for resource in one.get("resources", ()):
        if "type" in resource and "ARN" in resource:
            yield resource["type"], resource["ARN"]


def _made(one: Record) -> Iterator[Record]:
    """Give what an answer says of the key it made: nothing else in answers is named as a resource."""
    made = (one["responseElements"] or {}).get("accessKey")
    if made:
        yield {"accessKeyId": made["accessKeyId"]}


def lookup(site: Site, region: str, params: dict[str, Any]) -> Sequence[Event]:
    """Choose the events that LookupEvents was asked for, or refuse as it does."""
    start, end = params.get("StartTime"), params.get("EndTime")
    if start is not None and end is not None and float(end) < float(start):
        raise AwsError("InvalidTimeRangeException", "The end time must not be before the start time.")
    if not 1 <= int(params.get("MaxResults", 50)) <= 50:
        raise AwsError("InvalidMaxResultsException", "MaxResults must be between 1 and 50.")
    chosen = [dict(pair) for pair in params.get("LookupAttributes", ())]
    if len(chosen) > 1:
        raise AwsError("InvalidLookupAttributesException", "You can only specify one lookup attribute.")
    if params.get("EventCategory"):  # insight: there are none
        return ()
    found: Sequence[Event] = found_in(site).get(region, ())
    for pair in chosen:
        found = _having(found, pair.get("AttributeKey", ""), pair.get("AttributeValue", ""))
    if start is None and end is None:
        return found
    low, high = float(start or 0), float(end or 1e12)
    return [event for event in found if low <= event["EventTime"].timestamp() <= high]


def _having(events: Sequence[Event], key: str, value: str) -> Sequence[Event]:
    if key not in KEYS or not value or (key == "ReadOnly" and value not in ("true", "false")):
        raise AwsError("InvalidLookupAttributesException", f"The lookup attribute {key} is not valid.")
    if key.startswith("Resource"):
        return [event for event in events if any(one[key] == value for one in event["Resources"])]
    return [event for event in events if event.get(key) == value]
