"""What a sync would cost, before it is made: accounts, calls and seconds, from one sizing call an account."""

from __future__ import annotations

import asyncio
from math import ceil
from typing import Any

from iamsql.aws.client import CallStats, Request, items_of
from iamsql.aws.errors import RequestFailed
from iamsql.aws.organization import Organization
from iamsql.aws.ratelimit import quota_of
from iamsql.aws.sessions import AssumedSession
from iamsql.model import Account, Result
from iamsql.schema.tables._calls import EVENTS, SUMMARY
from iamsql.sync.account import AccountSync
from iamsql.sync.coverage import NEVER_TRIED
from iamsql.sync.runner import ACCOUNTS_AT_ONCE, SyncRun
from iamsql.sync.summary import printable

COLUMNS = ("account_id", "name", "state", "will_read", "role", "users", "calls", "seconds", "note")
TYPES = ("VARCHAR", "VARCHAR", "VARCHAR", "BOOLEAN", "VARCHAR", "BIGINT", "BIGINT", "DOUBLE", "VARCHAR")
PER_PAGE = 1000


async def expected(run: SyncRun) -> Result:
    """Size every selected account and tell what would be asked of it."""
    org = await run.organization()
    room = asyncio.Semaphore(ACCOUNTS_AT_ONCE)

    async def one(account: Account) -> tuple[Any, ...]:
        async with room:
            return await _row(run, org, account)

    return Result(COLUMNS, await asyncio.gather(*(one(account) for account in org.accounts)), TYPES)


async def _row(run: SyncRun, org: Organization, account: Account) -> tuple[Any, ...]:
    head = (account.account_id, printable(account.name), account.state)
    if not account.selected:
        return (*head, False, None, None, 0, 0.0, "not selected")
    if account.state in NEVER_TRIED:
        return (*head, False, None, None, 0, 0.0, NEVER_TRIED[account.state])
    refusals: list[str] = []
    entered: AssumedSession | None = None
    visitor = AccountSync(run.traveller, None, org, run.wish(org), run.options, run.policies, run.looking(org))  # type: ignore[arg-type]
    try:
        entered = await visitor.enter(account, CallStats(), refusals)
        if entered is None:
            return (*head, False, None, None, 0, 0.0, printable("; ".join(refusals)))
        request = Request(SUMMARY.service, SUMMARY.operation, org.home, {})
        [sizes] = items_of(await run.traveller.send(entered, request, CallStats()), SUMMARY.items)
    except RequestFailed as failed:
        role = entered.role_arn or "(caller)" if entered else None
        return (*head, True, role, None, None, None, f"size unknown: {failed}")
    calls, seconds = _cost(run, org, sizes)
    note = "at most, for --trust-report asks only users with keys" if run.options.trust_report else ""
    return (*head, True, entered.role_arn or "(caller)", sizes.get("Users", 0), calls, seconds, note)


def _cost(run: SyncRun, org: Organization, sizes: dict[str, int]) -> tuple[int, float]:
    """Count the calls of the plan for an account of this size; seconds by the pace of IAM and of the look-ups.

    An account in which little was written needs one look-up where others need one a name.
    """
    named = run.named
    raws = {
        call.operation: call
        for call in run.wanted
        if not (call.org or call.entered or call.instead_of or (call.on_demand and call.raw not in named))
    }
    users = sizes.get("Users", 0)
    entities = users + sizes.get("Roles", 0) + sizes.get("Groups", 0) + sizes.get("Policies", 0)
    agendas = [run.looking(org)("").agenda(region) for region in run.wish(org).regions_of(EVENTS)]
    lookups = [len(one.others) + (1 if one.thrifty and one.names else len(one.names)) for one in agendas]
    lookups = lookups if EVENTS.operation in raws else [0]
    per_user = users * ("ListAccessKeys" in raws) + run.options.fresh * (2 * users)
    others = [name for name in raws if name not in ("LookupEvents", "ListAccessKeys")]
    iam = len(others) + ("GetCredentialReport" in raws) * 2 + max(0, ceil(entities / PER_PAGE) - 1) + per_user
    limit = quota_of("iam")
    seconds = max(iam / limit.rate - limit.burst / limit.rate, max(lookups) * 0.5, 1.0)
    return iam + sum(lookups), round(seconds, 1)
