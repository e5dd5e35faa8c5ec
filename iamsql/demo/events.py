"""An account's records: those that follow from the cast (who was made, who signed in, what is gone) and its story's."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from iamsql.demo.people import Crowd, Site, User, mark
from iamsql.demo.records import BROWSER, CLI, OFFICE, Record, Who, record
from iamsql.demo.regions import DEFAULT
from iamsql.demo.report import password_used, root_key_used
from iamsql.demo.story import story

KEPT = 100
ACTOR = "carla.ops"
SUITE = "198.51.100.23"
READS = {"s3": "s3:ListBuckets", "ec2": "ec2:DescribeInstances", "iam": "iam:ListUsers"}


@lru_cache(maxsize=64)
def records(site: Site) -> tuple[Record, ...]:
    """List an account's records of the last 100 days, oldest first."""
    oldest = (site.midnight - timedelta(days=KEPT)).strftime("%Y-%m-%d")
    found = [one for one in (*_cast(site), *story(site)) if one["eventTime"] >= oldest]
    if site.partition != "aws":
        found = [_moved(site, one) for one in found]
    return tuple(sorted(found, key=lambda one: (one["eventTime"], one["eventID"])))


def _moved(site: Site, one: Record) -> Record:
    """Move a record to another partition, where there is only one region."""
    text = json.dumps(one).replace("arn:aws:", f"arn:{site.partition}:")
    for region in DEFAULT:
        text = text.replace(region, site.home)
    moved: Record = json.loads(text)
    return moved


def _cast(site: Site) -> Iterator[Record]:
    yield from _root(site)
    yield from _gone(site)
    users: Sequence[User] = () if isinstance(site.users, Crowd) else site.users
    for user in users:
        yield from _user(site, user)
    if isinstance(site.users, Crowd):
        for place in range(20):
            yield change(site, "CreateUser", site.at(3 + place, f"made/{place}"), f"new-{place:02}")


def _root(site: Site) -> Iterator[Record]:
    for age, success in site.root.sign_ins:
        yield sign_in(site, "root", site.at(age, f"root/{age}/{success}"), success, bool(site.root.mfa))
    for place, key in enumerate(site.root.keys):
        used = root_key_used(site, place)
        if used:
            yield _record(site, READS.get(key.service, "sts:GetCallerIdentity"), used, "root", [], {})


def _gone(site: Site) -> Iterator[Record]:
    for name, target, age in site.gone:
        actor = "" if target.startswith("service:") else ACTOR
        yield change(site, name, site.at(age, f"gone/{name}/{target}"), target.removeprefix("service:"), actor=actor)


def _user(site: Site, user: User) -> Iterator[Record]:
    yield change(site, "CreateUser", site.made(user), user.name)
    for place in range(len(user.keys)):
        key_id = site.key_id(user, place)
        yield change(site, "CreateAccessKey", site.key_made(user, place), user.name, key_id=key_id)
    used = password_used(site, user)
    if used:
        yield sign_in(site, user.name, used, True, bool(user.mfa))
        if user.mfa:
            yield sign_in(site, user.name, used - timedelta(minutes=5), False, False)


def _who(site: Site, name: str, agent: str) -> Who:
    if name == "root":
        return Who("Root", address=SUITE, agent=agent)
    if not name:
        return Who("AWSService", by="sso.amazonaws.com", agent=agent)
    if site.user(name):
        return Who("IAMUser", name, agent=agent)
    return Who("AssumedRole", name, role="operations", agent=agent, mfa="true", address=OFFICE)


def sign_in(site: Site, name: str, when: datetime, success: bool, mfa: bool) -> Record:
    """Make a ConsoleLogin record."""
    more: Record = {
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
    return _record(site, "signin:ConsoleLogin", when, name, [], more)


def change(site: Site, name: str, when: datetime, target: str, *, key_id: str = "", actor: str = ACTOR) -> Record:
    """Make a record of IAM: somebody made or deleted something of a user."""
    named = [("User", target)] if target else []
    request: Record = {"userName": target} if target else {}
    if "AccessKey" in name:
        key_id = key_id or mark("AKIA", site.account_id, target or "root", name)
        named.append(("AccessKey", key_id))
        if name == "DeleteAccessKey":
            request["accessKeyId"] = key_id
    made = None
    if name == "CreateAccessKey":
        made = {"accessKey": {"accessKeyId": key_id, "status": "Active", "userName": target or None}}
    elif name == "CreateUser":
        made = {"user": {"userName": target, "arn": site.arn("user", "/", target)}}
    return _record(site, f"iam:{name}", when, actor, named, {"requestParameters": request, "responseElements": made})


def _record(
    site: Site, call: str, when: datetime, actor: str, named: list[tuple[str, str]], more: dict[str, Any]
) -> Record:
    name = call.partition(":")[2]
    made = more.get("responseElements")
    seed = f"{site.account_id}/{name}/{actor}/{named}/{made}/{(site.midnight - when)}"
    agent = BROWSER if name == "ConsoleLogin" else CLI
    return record(site, call, when, _who(site, actor, agent), seed=seed, **more)
