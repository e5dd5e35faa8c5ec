"""The least that boto3 can do: the same reads from a pool of threads, with nothing kept, paced or noted."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError

from benchmarks.predecessor import NAMES, enter

THREADS = 32
CONFIG = Config(max_pool_connections=THREADS)
SINGLE = ("get_account_summary", "get_account_password_policy", "list_account_aliases", "list_virtual_mfa_devices")


def read_all(session: Any) -> None:
    """Read every account: the bulk calls, the look-ups, and the keys of each user."""
    me = session.client("sts").get_caller_identity()["Account"]
    pages = session.client("organizations").get_paginator("list_accounts").paginate()
    accounts = [account for page in pages for account in page["Accounts"]]
    with ThreadPoolExecutor(THREADS) as pool:
        clients = [clients_of(session, account, me) for account in accounts]
        for users in list(pool.map(lambda pair: bulk(*pair), clients)):
            list(pool.map(lambda ask: ask(), users))


def clients_of(session: Any, account: dict[str, str], me: str) -> tuple[Any, Any]:
    """Enter an account and make its clients."""
    keys = {} if account["Id"] == me else enter(session, account["Arn"].split(":")[1], account["Id"])
    return session.client("iam", config=CONFIG, **keys), session.client("cloudtrail", config=CONFIG, **keys)


def bulk(iam: Any, trail: Any) -> list[Callable[[], Any]]:
    """Make the bulk calls of an account and give what is left to ask: the keys of each user."""
    iam.generate_credential_report()
    for name in SINGLE:
        quietly(getattr(iam, name))
    quietly(partial(iam.list_service_specific_credentials, AllUsers=True))
    for name in NAMES:
        trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}])
    quietly(iam.get_credential_report)
    details = iam.get_paginator("get_account_authorization_details")
    users = [user["UserName"] for page in details.paginate(MaxItems=1000) for user in page["UserDetailList"]]
    return [partial(iam.list_access_keys, UserName=user) for user in users]


def quietly(ask: Callable[[], Any]) -> None:
    """Ask, and take no for an answer."""
    with contextlib.suppress(ClientError):
        ask()
