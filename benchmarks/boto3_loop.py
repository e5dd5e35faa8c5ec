"""The calls of a sync in a pool of threads, without storage, rate limits or records: the least that boto3 needs."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from benchmarks.one_by_one import EVENT_NAMES, assume_role

THREADS = 32
CONFIG = Config(max_pool_connections=THREADS)
SINGLE_CALLS = (
    "get_account_summary",
    "get_account_password_policy",
    "list_account_aliases",
    "list_virtual_mfa_devices",
)


def read_all(session: Any) -> None:
    """Read each account: the calls of the account, the look-ups, and the access keys of each user."""
    own_id = session.client("sts").get_caller_identity()["Account"]
    pages = session.client("organizations").get_paginator("list_accounts").paginate()
    accounts = [account for page in pages for account in page["Accounts"]]
    with ThreadPoolExecutor(THREADS) as pool:
        clients = [account_clients(session, account, own_id) for account in accounts]
        for calls in list(pool.map(lambda pair: read_account(*pair), clients)):
            list(pool.map(lambda call: call(), calls))


def account_clients(session: Any, account: dict[str, str], own_id: str) -> tuple[Any, Any]:
    """Assume the role of an account, and return its IAM and CloudTrail clients."""
    keys = {} if account["Id"] == own_id else assume_role(session, account["Arn"].split(":")[1], account["Id"])
    return session.client("iam", config=CONFIG, **keys), session.client("cloudtrail", config=CONFIG, **keys)


def read_account(iam: Any, trail: Any) -> list[Callable[[], Any]]:
    """Make the calls of an account, and return the remaining calls: the access keys of each user."""
    iam.generate_credential_report()
    for name in SINGLE_CALLS:
        ignore_errors(getattr(iam, name))
    ignore_errors(partial(iam.list_service_specific_credentials, AllUsers=True))
    for name in EVENT_NAMES:
        trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}])
    ignore_errors(iam.get_credential_report)
    details = iam.get_paginator("get_account_authorization_details")
    users = [user["UserName"] for page in details.paginate(MaxItems=1000) for user in page["UserDetailList"]]
    return [partial(iam.list_access_keys, UserName=user) for user in users]


def ignore_errors(call: Callable[[], Any]) -> None:
    """Make a call, and ignore an error of AWS."""
    with contextlib.suppress(ClientError):
        call()


if __name__ == "__main__":
    read_all(boto3.Session())
