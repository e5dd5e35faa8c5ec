"""Collect one account: open a session, make the calls, record the results. A failure is a row of coverage, not an error."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from iamsql.aws.account_client import AccountClient
from iamsql.aws.client import ApiClient, CallLimitReached, CallStats
from iamsql.aws.collect import Collector
from iamsql.aws.errors import NOT_REQUESTED
from iamsql.aws.organization import Organization
from iamsql.aws.plan import AccountItems, CollectionPlan
from iamsql.aws.sessions import AccountSession
from iamsql.aws.timestamps import iso_time
from iamsql.canonical_json import canonical_json
from iamsql.cloudtrail.lookup import EventLookups, LookupConfig
from iamsql.model import Account
from iamsql.runfile.rows import AccountResult, CoverageRow, ReusedWindow
from iamsql.schema.tables._calls import CALLER, EVENTS
from iamsql.store.writer import RunWriter
from iamsql.sync.account_sessions import AccountSessions
from iamsql.sync.coverage import (
    ASSUME_ROLE,
    CALL_LIMIT,
    UNAVAILABLE_STATES,
    Unread,
    assume_role_rows,
    coverage_rows,
    expected_calls,
    missing_state_rows,
    unread_account,
    unselected_rows,
)
from iamsql.sync.resume.state import NO_PRIOR, PriorAccount, PriorRun

LOOK_UPS = f"{EVENTS.service}:{EVENTS.operation}"


class AccountSync:
    """Collects the accounts of one run."""

    def __init__(
        self,
        api: ApiClient,
        writer: RunWriter,
        org: Organization,
        plan: CollectionPlan,
        sessions: AccountSessions,
        lookups: LookupConfig,
        prior: PriorRun | None = None,
    ) -> None:
        """Set up the collection; `prior` is the run that is resumed."""
        self._api, self._writer, self._org, self._plan = api, writer, org, plan
        self._sessions, self._lookups, self._prior = sessions, lookups, prior
        self._global_done: set[str] = set()  # accounts whose global calls have finished
        self.global_done = asyncio.Event()  # set when this is so in all accounts: only look-ups continue

    async def collect(self, account: Account) -> AccountResult:
        """Collect an account as far as possible, and record the result in the journal."""
        result = await self._collect(account, self._prior.of(account.account_id) if self._prior else NO_PRIOR)
        self._set_global_done(account)
        self.record(result)
        return result

    def record(self, result: AccountResult) -> None:
        """Add a result to the journal. It replaces the rows that were recorded while the account was collected."""
        self._writer.journal.add(result.coverage, result.events)
        self._writer.journal.add_account(result.account.account_id, result.role_used, result.outcome, result.reason)

    def _set_global_done(self, account: Account) -> None:
        # A set, because an account is added after its global calls and again when it is finished, read or not.
        self._global_done.add(account.account_id)
        if len(self._global_done) == len(self._org.accounts):
            self.global_done.set()

    async def _collect(self, account: Account, prior: PriorAccount) -> AccountResult:
        plan = self._plan
        if not account.selected:
            message = "The account was not selected for this run."
            return unread_account(account, plan, Unread("not_selected", "account_not_selected", message))
        if code := UNAVAILABLE_STATES.get(account.state):
            return unread_account(account, plan, Unread("not_tried", code, f"The account's state is {account.state}."))
        # A complete account is read again if its run was made by a version that made fewer calls.
        if prior.is_complete and prior.rows.keys() >= {*expected_calls(plan)}:
            return prior.account_result(account)
        # Each further AssumeRole would fail for the same reason.
        if fault := self._api.expired:
            reason = Unread("assume_role_failed", "credentials_expired", f"{fault.code}: {fault.message}", "expired")
            return unread_account(account, plan, reason, prior)
        stats, refusals = CallStats(), list[str]()
        try:
            session = await self._sessions.open(account, stats, refusals)
        except CallLimitReached:
            return unread_account(account, plan, Unread("assume_role_failed", "max_calls", CALL_LIMIT), prior)
        rows = assume_role_rows(account, stats, refusals, is_assumed=session is not None)
        if session is None:
            return self._not_assumed(account, rows, "; ".join(refusals), prior)
        if session.role_arn:  # the caller's own identity has been read already
            self._write_identity(account, session)
        first = [*missing_state_rows(account), *rows, *unselected_rows(account, plan)]
        return await self._collect_calls(account, session, first, prior)

    def _not_assumed(
        self, account: Account, rows: Sequence[CoverageRow], message: str, prior: PriorAccount
    ) -> AccountResult:
        """Return the result of an account in which no role could be assumed."""
        code, status = ASSUME_ROLE.operation, NOT_REQUESTED
        if rows[0].status == "expired":
            code, status = "credentials_expired", "expired"
        result = unread_account(account, self._plan, Unread("assume_role_failed", code, message, status), prior)
        # The resumed run may have a row of AssumeRole, too.
        others = (row for row in result.coverage if row.operation != rows[0].operation)
        result.coverage = [*rows, *others]
        return result

    async def _collect_calls(
        self, account: Account, session: AccountSession, first: Sequence[CoverageRow], prior: PriorAccount
    ) -> AccountResult:
        """Make the calls of an account. Record each as soon as it has finished, so that an interrupted run can be resumed."""
        journal = self._writer.journal
        journal.add(first)
        lookups = EventLookups(self._lookups, account.account_id)
        client = AccountClient(self._api, session, self._plan.home)
        target = AccountItems(self._writer, account.account_id)
        collector = Collector(client, self._plan, target, prior, {LOOK_UPS: lookups})
        async for results in collector.run():
            new = [result for result in results if not result.is_prior]
            finished = lookups.results if any(result.call == EVENTS for result in new) else ()
            events = [result.row(account.account_id, region) for region, result in finished]
            journal.add(coverage_rows(account, new, prior), events)
            if collector.is_global_done:
                self._set_global_done(account)
        self._api.release_account(account.account_id)
        rows = [*first, *coverage_rows(account, collector.results(), prior)]
        looked_up = {region for region, _ in lookups.results}
        return prior.add_events(self._result(account, session, rows, lookups), looked_up)

    def _result(
        self, account: Account, session: AccountSession, rows: list[CoverageRow], lookups: EventLookups
    ) -> AccountResult:
        gaps = [row for row in rows if row.is_gap]
        causes = [
            row for row in gaps if row.status != NOT_REQUESTED
        ] or gaps  # without the calls that failed as a consequence
        reasons = dict.fromkeys(f"{row.operation}: {row.status} {row.error_code or ''}".strip() for row in causes)
        outcome = "partial" if gaps else "read"
        result = AccountResult(account, session.role_arn or "(caller)", outcome, "; ".join(reasons) or None, rows)
        for region, found in lookups.results:
            result.events.append(found.row(account.account_id, region))
            if found.prior:
                result.reused.append(ReusedWindow("look-up", account.account_id, region, found.prior))
        return result

    def _write_identity(self, account: Account, session: AccountSession) -> None:
        """Write the response of GetCallerIdentity in the session of a role, without a request: AssumeRole returned its values."""
        name = session.role_arn.split("/")[-1]
        arn = f"arn:{self._org.partition}:sts::{account.account_id}:assumed-role/{name}/iamsql"
        item = {"UserId": session.user_id, "Account": account.account_id, "Arn": arn}
        now = iso_time(time.time())
        self._writer.write_items(CALLER.raw, account.account_id, "global", "{}", [canonical_json(item)], now)
