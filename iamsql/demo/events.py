"""The trail: events that follow from the cast (who was made, who signed in) and from what is gone since."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

from iamsql.demo.people import Crowd, Site, User, mark
from iamsql.demo.report import password_used, root_key_used

Event = dict[str, Any]
WINDOW = 90
ACTOR = "carla.ops"
READS = {"s3": "ListBuckets", "ec2": "DescribeInstances", "iam": "ListUsers"}
SOURCES = {
    "ConsoleLogin": "signin.amazonaws.com",
    "ListBuckets": "s3.amazonaws.com",
    "DescribeInstances": "ec2.amazonaws.com",
    "GetCallerIdentity": "sts.amazonaws.com",
}
KINDS = {"User": "AWS::IAM::User", "AccessKey": "AWS::IAM::AccessKey"}


@lru_cache(maxsize=64)
def trail(site: Site) -> tuple[Event, ...]:
    """List an account's events of the last 90 days, newest first."""
    oldest = site.midnight - timedelta(days=WINDOW)
    found = [event for event in _all(site) if event["EventTime"] >= oldest]
    return tuple(sorted(found, key=lambda event: (event["EventTime"], event["EventId"]), reverse=True))


def _all(site: Site) -> Iterator[Event]:
    yield from _root(site)
    yield from _gone(site)
    users: Sequence[User] = () if isinstance(site.users, Crowd) else site.users
    for user in users:
        yield from _user(site, user)
    if isinstance(site.users, Crowd):
        for place in range(20):
            yield change(site, "CreateUser", site.at(3 + place, f"made/{place}"), f"new-{place:02}")


def _root(site: Site) -> Iterator[Event]:
    for age, success in site.root.sign_ins:
        yield sign_in(site, "root", site.at(age, f"root/{age}/{success}"), success, bool(site.root.mfa))
    for place, key in enumerate(site.root.keys):
        used = root_key_used(site, place)
        if used:
            more = {"requestParameters": None, "responseElements": None, "eventType": "AwsApiCall"}
            yield _event(site, READS.get(key.service, "GetCallerIdentity"), used, "root", [], more)


def _gone(site: Site) -> Iterator[Event]:
    for name, target, age in site.gone:
        actor = "" if target.startswith("service:") else ACTOR
        yield change(site, name, site.at(age, f"gone/{name}/{target}"), target.removeprefix("service:"), actor=actor)


def _user(site: Site, user: User) -> Iterator[Event]:
    yield change(site, "CreateUser", site.made(user), user.name)
    for place in range(len(user.keys)):
        key_id = site.key_id(user, place)
        yield change(site, "CreateAccessKey", site.key_made(user, place), user.name, key_id=key_id)
    used = password_used(site, user)
    if used:
        yield sign_in(site, user.name, used, True, bool(user.mfa))
        if user.mfa:
            yield sign_in(site, user.name, used - timedelta(minutes=5), False, False)


def _identity(site: Site, name: str) -> dict[str, Any]:
    root = f"arn:{site.partition}:iam::{site.account_id}:root"
    if name == "root":
        return {"type": "Root", "principalId": site.account_id, "arn": root, "accountId": site.account_id}
    if not name:
        return {"type": "AWSService", "invokedBy": "sso.amazonaws.com"}
    found = site.user(name)
    if found:
        return {
            "type": "IAMUser",
            "principalId": mark("AIDA", site.account_id, name, size=17),
            "arn": site.arn("user", found.path, name),
            "accountId": site.account_id,
            "userName": name,
        }
    arn = f"arn:{site.partition}:sts::{site.account_id}:assumed-role/operations/{name}"
    principal = f"{mark('AROA', site.account_id, 'operations', size=17)}:{name}"
    return {"type": "AssumedRole", "principalId": principal, "arn": arn, "accountId": site.account_id}


def sign_in(site: Site, name: str, when: datetime, success: bool, mfa: bool) -> Event:
    """Make a ConsoleLogin event."""
    more: dict[str, Any] = {
        "requestParameters": None,
        "responseElements": {"ConsoleLogin": "Success" if success else "Failure"},
        "additionalEventData": {
            "LoginTo": "https://console.aws.amazon.com/console/home",
            "MobileVersion": "No",
            "MFAUsed": "Yes" if mfa and success else "No",
        },
        "eventType": "AwsConsoleSignIn",
    }
    if not success:
        more["errorMessage"] = "Failed authentication"
    return _event(site, "ConsoleLogin", when, name, [], more)


def change(site: Site, name: str, when: datetime, target: str, *, key_id: str = "", actor: str = ACTOR) -> Event:
    """Make an event of IAM: somebody made or deleted something of a user."""
    resources = [("User", target)] if target else []
    request: dict[str, Any] = {"userName": target} if target else {}
    if "AccessKey" in name:
        key_id = key_id or mark("AKIA", site.account_id, target or "root", name)
        resources.append(("AccessKey", key_id))
        if name == "DeleteAccessKey":
            request["accessKeyId"] = key_id
    made = None
    if name == "CreateAccessKey":
        made = {"accessKey": {"accessKeyId": key_id, "status": "Active", "userName": target or None}}
    elif name == "CreateUser":
        made = {"user": {"userName": target, "arn": site.arn("user", "/", target)}}
    more = {"requestParameters": request, "responseElements": made, "eventType": "AwsApiCall"}
    return _event(site, name, when, actor, resources, more)


def _event(
    site: Site, name: str, when: datetime, actor: str, resources: list[tuple[str, str]], more: dict[str, Any]
) -> Event:
    seed = f"{site.account_id}/{name}/{actor}/{resources}/{more['responseElements']}/{(site.midnight - when)}"
    event_id = str(uuid.UUID(sha256(seed.encode()).hexdigest()[:32]))
    reads = name.startswith(("List", "Describe", "Get"))
    source = SOURCES.get(name, "iam.amazonaws.com")
    whole = {
        "eventVersion": "1.11",
        "userIdentity": _identity(site, actor),
        "eventTime": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": source,
        "eventName": name,
        "awsRegion": site.home,
        "sourceIPAddress": "203.0.113.7" if actor != "root" else "198.51.100.23",
        "userAgent": "Mozilla/5.0" if name == "ConsoleLogin" else "aws-cli/2.31.0",
        **more,
        "eventID": event_id,
        "readOnly": reads,
        "managementEvent": True,
        "recipientAccountId": site.account_id,
        "eventCategory": "Management",
    }
    event = {
        "EventId": event_id,
        "EventName": name,
        "ReadOnly": str(reads).lower(),
        "EventTime": when,
        "EventSource": source,
        "Resources": [{"ResourceType": KINDS[kind], "ResourceName": value} for kind, value in resources],
        "CloudTrailEvent": json.dumps(whole, separators=(",", ":")),
    }
    return event | {"Username": actor} if actor else event


def lookup(site: Site, region: str, params: dict[str, Any]) -> Sequence[Event]:
    """Choose the events that LookupEvents was asked for; IAM's are in the partition's home region alone."""
    if region != site.home:
        return ()
    start, end = params.get("StartTime"), params.get("EndTime")
    found: Sequence[Event] = trail(site)
    for attribute in params.get("LookupAttributes", ()):
        pair = dict(attribute)
        found = [event for event in found if event.get(pair["AttributeKey"]) == pair["AttributeValue"]]
    if start is None and end is None:
        return found
    low, high = float(start or 0), float(end or 1e12)
    return [event for event in found if low <= event["EventTime"].timestamp() <= high]
