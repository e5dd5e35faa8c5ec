"""Estimate what a sync would cost: accounts, calls and seconds, with one sizing call per account."""

from __future__ import annotations

import asyncio
from math import ceil
from typing import Any

from iamsql.aws.client import CallStats, Request
from iamsql.aws.errors import RequestFailedError
from iamsql.aws.organization_model import Organization
from iamsql.aws.paginate import search_items
from iamsql.aws.sessions import AccountSession
from iamsql.escaping import printable
from iamsql.model import Account, Result
from iamsql.sync.account import ACCOUNTS_AT_ONCE
from iamsql.sync.account_sessions import AccountSessions
from iamsql.sync.context import SyncRun
from iamsql.sync.coverage import UNAVAILABLE_STATES
from iamsql.tables.calls.account import EVENTS, SUMMARY

COLUMNS = ("account_id", "name", "state", "will_read", "role", "users", "calls", "seconds", "note")
TYPES = ("VARCHAR", "VARCHAR", "VARCHAR", "BOOLEAN", "VARCHAR", "BIGINT", "BIGINT", "DOUBLE", "VARCHAR")
PER_PAGE = 1000


async def estimate(run: SyncRun) -> Result:
    """Return a row per account with the expected calls and seconds. Raise IamsqlError."""
    org = await run.read_organization()
    with run.earlier_runs:
        run.api.rate_limits.use(await asyncio.to_thread(run.read_rates, org))
    sessions, limit = run.account_sessions(org), asyncio.Semaphore(ACCOUNTS_AT_ONCE)

    async def estimate(account: Account) -> tuple[Any, ...]:
        async with limit:
            return await _account_row(run, org, sessions, account)

    return Result(COLUMNS, await asyncio.gather(*(estimate(account) for account in org.accounts)), TYPES)


async def _account_row(run: SyncRun, org: Organization, sessions: AccountSessions, account: Account) -> tuple[Any, ...]:
    account_fields = (account.account_id, printable(account.name), account.state)
    if reason := UNAVAILABLE_STATES.get(account.state) if account.selected else account.shard or "not selected":
        return (*account_fields, False, None, None, 0, 0.0, reason)
    refusals: list[str] = []
    session: AccountSession | None = None
    try:
        session = await sessions.open(account, CallStats(), refusals)
        if session is None:
            return (*account_fields, False, None, None, 0, 0.0, printable("; ".join(refusals)))
        request = Request(SUMMARY.service, SUMMARY.operation, org.home_region, {})
        [sizes] = search_items(await run.api.send(session, request, CallStats()), SUMMARY.items)
    except RequestFailedError as failed:
        role = session.role_arn or "(caller)" if session else None
        return (*account_fields, True, role, None, None, None, f"size unknown: {failed}")
    calls, seconds = _estimate_cost(run, org, sizes)
    notes = ["at most: trust_report lists keys only for users with keys"] if run.options.trust_report else []
    notes += ["without the calls for each resource"] if any(call.empty_item for call in run.account_calls) else []
    note = "; ".join(notes)
    return (*account_fields, True, session.role_arn or "(caller)", sizes.get("Users", 0), calls, seconds, note)


def _estimate_cost(run: SyncRun, org: Organization, sizes: dict[str, int]) -> tuple[int, float]:
    """Return calls and seconds for an account with `sizes`, by the quotas of IAM and of LookupEvents.

    An account with few write events needs one look-up; other accounts need one per event name.
    """
    operations = {call.operation for call in run.account_calls if not call.fallback_for}
    users = sizes.get("Users", 0)
    entities = users + sizes.get("Roles", 0) + sizes.get("Groups", 0) + sizes.get("Policies", 0)
    plans = [run.lookups(org).plan_of(region) for region in run.plan(org).regions_of(EVENTS)]
    lookups = [len(plan.others) + (1 if plan.tries_writes and plan.names else len(plan.names)) for plan in plans]
    lookups = lookups if EVENTS.operation in operations else [0]
    # `fresh` lists the MFA devices and reads the login profile of each user.
    per_user = users * ("ListAccessKeys" in operations) + run.options.fresh * (2 * users)
    others = operations - {"LookupEvents", "ListAccessKeys"}
    # The report also needs GenerateCredentialReport, and about one more request until it is ready.
    iam = len(others) + ("GetCredentialReport" in operations) * 2 + max(0, ceil(entities / PER_PAGE) - 1) + per_user
    rate, burst = run.api.rate_limits.rate("iam")
    # IAM and the look-ups of each region have quotas of their own, so the slowest of them determines the time.
    seconds = max((iam - burst) / rate, max(lookups) * 0.5, 1.0)
    return iam + sum(lookups), round(seconds, 1)
