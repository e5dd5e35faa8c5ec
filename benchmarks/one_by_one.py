"""A script that reads account by account, user by user and key by key, one call after another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
from botocore.exceptions import ClientError

ROLE = "iamsql-audit"
EVENT_NAMES = ("DeleteUser", "DeleteAccessKey", "DeleteLoginProfile", "CreateAccessKey", "CreateUser", "ConsoleLogin")


def read_organization(session: Any) -> int:
    """Read each account of the organization, and return the number of rows."""
    caller = session.client("sts").get_caller_identity()
    rows = 0
    for page in session.client("organizations").get_paginator("list_accounts").paginate():
        for account in page["Accounts"]:
            keys = (
                {}
                if account["Id"] == caller["Account"]
                else assume_role(session, account["Arn"].split(":")[1], account["Id"])
            )
            rows += sum(1 for _ in account_rows(session, keys))
    return rows


def assume_role(session: Any, partition: str, account_id: str) -> dict[str, str]:
    """Assume the role of an account, and return the arguments of its clients."""
    role = f"arn:{partition}:iam::{account_id}:role/{ROLE}"
    credentials = session.client("sts").assume_role(RoleArn=role, RoleSessionName="one-by-one")["Credentials"]
    names = {"aws_access_key_id": "AccessKeyId", "aws_secret_access_key": "SecretAccessKey"}
    return {name: credentials[member] for name, member in (names | {"aws_session_token": "SessionToken"}).items()}


def account_rows(session: Any, keys: dict[str, str]) -> Iterator[tuple[Any, ...]]:
    """Return the rows of an account: its summary, its users one by one, its events name by name."""
    iam = session.client("iam", **keys)
    yield tuple(iam.get_account_summary()["SummaryMap"].items())
    for page in iam.get_paginator("list_users").paginate():
        for user in page["Users"]:
            yield from user_rows(iam, user["UserName"])
    trail = session.client("cloudtrail", **keys)
    for name in EVENT_NAMES:
        attributes = [{"AttributeKey": "EventName", "AttributeValue": name}]
        for page in trail.get_paginator("lookup_events").paginate(LookupAttributes=attributes):
            yield from ((event["EventId"],) for event in page["Events"])


def user_rows(iam: Any, name: str) -> Iterator[tuple[Any, ...]]:
    """Return a row for each access key of a user, with the password, the MFA devices and the last use."""
    try:
        password = iam.get_login_profile(UserName=name)["LoginProfile"]["CreateDate"]
    except ClientError:
        password = None
    devices = iam.list_mfa_devices(UserName=name)["MFADevices"]
    for page in iam.get_paginator("list_access_keys").paginate(UserName=name):
        for key in page["AccessKeyMetadata"]:
            last_used = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
            yield name, password, len(devices), key["AccessKeyId"], last_used.get("LastUsedDate")


if __name__ == "__main__":
    print(read_organization(boto3.Session()))
