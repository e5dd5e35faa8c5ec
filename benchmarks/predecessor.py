"""The audit as one script does it: account by account, user by user, key by key, one request after another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

ROLE = "iamsql-audit"
NAMES = ("DeleteUser", "DeleteAccessKey", "DeleteLoginProfile", "CreateAccessKey", "CreateUser", "ConsoleLogin")


def walk(session: Any) -> int:
    """Read every account of the organization and count the rows found."""
    me = session.client("sts").get_caller_identity()
    rows = 0
    for page in session.client("organizations").get_paginator("list_accounts").paginate():
        for account in page["Accounts"]:
            keys = {} if account["Id"] == me["Account"] else enter(session, account["Arn"].split(":")[1], account["Id"])
            rows += sum(1 for _ in read(session, keys))
    return rows


def enter(session: Any, partition: str, account_id: str) -> dict[str, str]:
    """Assume the role of an account."""
    role = f"arn:{partition}:iam::{account_id}:role/{ROLE}"
    given = session.client("sts").assume_role(RoleArn=role, RoleSessionName="walk")["Credentials"]
    names = {"aws_access_key_id": "AccessKeyId", "aws_secret_access_key": "SecretAccessKey"}
    return {name: given[member] for name, member in (names | {"aws_session_token": "SessionToken"}).items()}


def read(session: Any, keys: dict[str, str]) -> Iterator[tuple[Any, ...]]:
    """Read one account: its summary, its users one by one, its events name by name."""
    iam = session.client("iam", **keys)
    yield tuple(iam.get_account_summary()["SummaryMap"].items())
    for page in iam.get_paginator("list_users").paginate():
        for user in page["Users"]:
            yield from read_user(iam, user["UserName"])
    trail = session.client("cloudtrail", **keys)
    for name in NAMES:
        wanted = [{"AttributeKey": "EventName", "AttributeValue": name}]
        for page in trail.get_paginator("lookup_events").paginate(LookupAttributes=wanted):
            yield from ((event["EventId"],) for event in page["Events"])


def read_user(iam: Any, name: str) -> Iterator[tuple[Any, ...]]:
    """Read one user: password, devices, keys and each key's last use."""
    try:
        password = iam.get_login_profile(UserName=name)["LoginProfile"]["CreateDate"]
    except ClientError:
        password = None
    devices = iam.list_mfa_devices(UserName=name)["MFADevices"]
    for page in iam.get_paginator("list_access_keys").paginate(UserName=name):
        for key in page["AccessKeyMetadata"]:
            used = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
            yield name, password, len(devices), key["AccessKeyId"], used.get("LastUsedDate")
