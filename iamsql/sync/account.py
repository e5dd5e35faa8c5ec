"""Collect one account: open a session, make the calls, record the results. A failure is a row of coverage, not an error."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from iamsql.aws.account_client import AccountClient
from iamsql.aws.client import ApiClient, CallStats
from iamsql.aws.collect import Collector
from iamsql.aws.errors import NOT_REQUESTED, RequestFailedError
from iamsql.aws.items import AccountItems
from iamsql.aws.organization_model import Organization
from iamsql.aws.plan import CallResult, CollectionPlan
from iamsql.aws.sessions import AccountSession
from iamsql.canonical_json import canonical_json
from iamsql.logs import fields
from iamsql.model import Account
from iamsql.runs.file.rows import AccountResult, CoverageRow, ReusedWindow
from iamsql.runs.store.writer import RunWriter
from iamsql.sync.account_sessions import AccountSessions
from iamsql.sync.cloudtrail.lookup import LookupResult, lookup_events
from iamsql.sync.cloudtrail.lookup_plan import LookupConfig
from iamsql.sync.coverage import (
    ASSUME_ROLE,
    UNAVAILABLE_STATES,
    UnreadReason,
    assume_role_rows,
    coverage_rows,
    expected_calls,
    missing_state_rows,
    unread_account,
    unselected_rows,
)
from iamsql.sync.fill import TableFiller
from iamsql.sync.phases import ACCOUNTS_PHASE, LOOKUPS_PHASE, Phases
from iamsql.sync.resume.state import NO_PRIOR, PriorAccount, PriorRun
from iamsql.sync.shards import account_reason
from iamsql.tables.calls.account import CALLER, EVENTS

LOG = logging.getLogger(__name__)
ACCOUNTS_AT_ONCE = 128  # AWS limits the rate of each account, so many accounts progress at the same time
LOOKUP_EVENTS = f"{EVENTS.service}:{EVENTS.operation}"


@dataclass
class AccountSync:
    """Collects the accounts of one run; `prior` is the run that is resumed."""

    api: ApiClient
    writer: RunWriter
    org: Organization
    plan: CollectionPlan
    sessions: AccountSessions
    lookups: LookupConfig
    filler: TableFiller
    phases: Phases
    prior: PriorRun | None = None

    def __post_init__(self) -> None:
        self._limit = asyncio.Semaphore(ACCOUNTS_AT_ONCE)

    async def collect(self, account: Account) -> AccountResult:
        """Collect an account as far as possible, ACCOUNTS_AT_ONCE at a time. Return its coverage; denied calls are gaps in it."""
        async with self._limit:
            prior = self.prior.of(account.account_id) if self.prior else NO_PRIOR
            if result := self._result_without_requests(account, prior):
                return result
            stats, refusals = CallStats(), list[str]()
            self.phases.note(ACCOUNTS_PHASE)
            try:
                session = await self.sessions.open(account, stats, refusals)
            except RequestFailedError as failed:  # the limit of --max-calls
                reason = UnreadReason("assume_role_failed", failed.fault.code, failed.fault.message)
                return unread_account(account, self.plan, reason, prior)
            rows = assume_role_rows(account, stats, refusals, is_assumed=session is not None)
            if session is None:
                return self._result_without_session(account, rows, "; ".join(refusals), prior)
            return await self._collect_calls(account, session, rows, prior)

    def record(self, result: AccountResult) -> None:
        """Add a result to the journal. It replaces the rows that were recorded while the account was collected."""
        self.writer.journal.add(result.coverage, result.events)
        account_id, reason = result.account.account_id, result.reason
        self.writer.journal.add_account(account_id, result.role_used, result.outcome, reason)
        LOG.info(
            "An account is finished.",
            extra=fields(
                account_id=account_id, role=result.role_used or "", outcome=result.outcome, error=reason or ""
            ),
        )

    def _result_without_requests(self, account: Account, prior: PriorAccount) -> AccountResult | None:
        """Return the result of an account that needs no request, or if every request in it would fail; otherwise None."""
        plan = self.plan
        if not account.selected:
            message = account_reason(account.shard) if account.shard else "The account was not selected for this run."
            return unread_account(account, plan, UnreadReason("excluded", "account_not_selected", message))
        if code := UNAVAILABLE_STATES.get(account.state):
            return unread_account(
                account, plan, UnreadReason("inactive", code, f"The account's state is {account.state}.")
            )
        # A complete account is read again if its run was made by a version that made fewer calls.
        if prior.is_complete and prior.rows.keys() >= {*expected_calls(plan)}:
            return prior.account_result(account)
        # Each later AssumeRole would fail for the same reason.
        if fault := self.api.expired:
            reason = UnreadReason(
                "assume_role_failed", "credentials_expired", f"{fault.code}: {fault.message}", "expired"
            )
            return unread_account(account, plan, reason, prior)
        return None

    def _result_without_session(
        self, account: Account, rows: Sequence[CoverageRow], message: str, prior: PriorAccount
    ) -> AccountResult:
        """Return the result of an account without a session: no role could be assumed."""
        code, status = ASSUME_ROLE.operation, NOT_REQUESTED
        if rows[0].status == "expired":
            code, status = "credentials_expired", "expired"
        result = unread_account(account, self.plan, UnreadReason("assume_role_failed", code, message, status), prior)
        # The resumed run may also have a row of AssumeRole.
        others = (row for row in result.coverage if row.operation != rows[0].operation)
        result.coverage = [*rows, *others]
        return result

    async def _collect_calls(
        self, account: Account, session: AccountSession, assumed: Sequence[CoverageRow], prior: PriorAccount
    ) -> AccountResult:
        """Make the calls of an account, and return its result. Each call is recorded when it finishes, so a run can be resumed."""
        journal, plan = self.writer.journal, self.plan
        rows = [*missing_state_rows(account), *assumed, *unselected_rows(account, plan)]
        journal.add(rows)
        client = AccountClient(self.api, session, plan.home_region)
        items = AccountItems(self.writer, account.account_id, plan.parent_tables, plan.parent_members)
        # The caller's own identity has been read already, and the identity in a resumed account may have been copied.
        if session.role_arn and not prior.items(CALLER.raw, "global"):
            items.write(CALLER.raw, "global", "{}", [self._caller_identity(account, session)])
        strategies = {LOOKUP_EVENTS: self._look_up_events}
        collector = Collector(client, plan, items, prior if self.prior else None, strategies)
        async for results in collector.run():
            new = [result for result in results if not result.is_prior]
            events = [lookup.row(account.account_id) for result in new for lookup in result.details]
            journal.add(coverage_rows(account, new, prior), events)
            self.filler.finish_calls(account.account_id, results)
            if results and results[0].call != EVENTS:
                self.phases.note(ACCOUNTS_PHASE)
        self.api.release_account(account.account_id)
        rows += coverage_rows(account, collector.results(), prior)
        lookups = [lookup for result in collector.results() for lookup in result.details]
        result = self._account_result(account, session, rows, lookups)
        return prior.add_events(result, {lookup.region for lookup in lookups})

    async def _look_up_events(self, client: AccountClient, items: AccountItems, result: CallResult) -> None:
        with self.phases.phase(LOOKUPS_PHASE):
            await lookup_events(self.lookups, client, items, result)

    def _account_result(
        self, account: Account, session: AccountSession, rows: list[CoverageRow], lookups: Sequence[LookupResult]
    ) -> AccountResult:
        gaps = [row for row in rows if row.is_gap]
        # Without the calls that failed as a consequence.
        causes = [row for row in gaps if row.status != NOT_REQUESTED] or gaps
        reasons = dict.fromkeys(f"{row.operation}: {row.status} {row.error_code or ''}".strip() for row in causes)
        outcome = "incomplete" if gaps else "complete"
        result = AccountResult(account, session.role_arn or "(caller)", outcome, "; ".join(reasons) or None, rows)
        for lookup in lookups:
            result.events.append(lookup.row(account.account_id))
            if lookup.prior:
                result.reused.append(ReusedWindow("event_history", account.account_id, lookup.region, lookup.prior))
        return result

    def _caller_identity(self, account: Account, session: AccountSession) -> str:
        """Return the response of GetCallerIdentity in the session of a role, without a request: AssumeRole returned its values."""
        name = session.role_arn.split("/")[-1]
        arn = f"arn:{self.org.partition}:sts::{account.account_id}:assumed-role/{name}/iamsql"
        return canonical_json({"UserId": session.user_id, "Account": account.account_id, "Arn": arn})
