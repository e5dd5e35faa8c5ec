"""Visit one account: enter it, collect it, and write down how it went. A failure here is a row, never an end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from iamsql.aws.client import ApiClient, CallLimitReached, CallStats
from iamsql.aws.collect import Collection
from iamsql.aws.errors import NOT_ASKED, RequestFailed
from iamsql.aws.organization import Organization
from iamsql.aws.paginate import AccountClient
from iamsql.aws.plan import LOOK_UPS, CallResult, CollectionPlan
from iamsql.aws.sessions import AssumedSession, iso
from iamsql.aws.sts import assume_role
from iamsql.canonical_json import verbatim
from iamsql.cloudtrail.lookup import LookupConfig
from iamsql.model import Account
from iamsql.runfile.build import AccountResult, CoverageRow
from iamsql.schema.tables._calls import CALLER
from iamsql.store.writer import RunWriter
from iamsql.sync.coverage import ENTRY, NEVER_TRIED, OUT_OF_CALLS, entry, not_wished, stateless, told, unread, wanted
from iamsql.sync.options import Options
from iamsql.sync.resume.state import NOTHING, PriorAccount, PriorRun
from iamsql.sync.session_policies import SessionPolicies
from iamsql.sync.summary import events_read, merge_rows


class AccountSync:
    """Visits accounts for one run."""

    def __init__(
        self,
        traveller: ApiClient,
        landing: RunWriter,
        org: Organization,
        wish: CollectionPlan,
        options: Options,
        policies: SessionPolicies,
        looking: Callable[[str], LookupConfig],
        kept: PriorRun | None = None,
    ) -> None:
        """Keep what all visits share; `looking` says how an account's events are looked up."""
        self.looking = looking
        self._policies = policies
        self.entered: dict[str, str] = {}  # by account: the name of the role that was assumed
        self.traveller, self._landing, self._org, self.wish, self._options = traveller, landing, org, wish, options
        self._renewing = asyncio.Lock()
        self._kept = kept
        self._places = {account.account_id: place for place, account in enumerate(org.accounts, 1)}
        self._read: set[str] = set()  # accounts of which no more than look-ups are to come
        self.only_look_ups = asyncio.Event()

    async def visit(self, account: Account) -> AccountResult:
        """Read one account as far as it can be read."""
        visit = await self._visit(account, self._kept.of(account.account_id) if self._kept else NOTHING)
        self._heard(account)
        self._landing.journal.add(
            [row.values() for row in visit.coverage], accounts=[visit.values(self._places[account.account_id])]
        )
        return visit

    def _heard(self, account: Account) -> None:
        """Note an account of which no more than look-ups are to come, and tell when that is so of all."""
        self._read.add(account.account_id)
        if len(self._read) == len(self._org.accounts):
            self.only_look_ups.set()

    async def _visit(self, account: Account, kept: PriorAccount) -> AccountResult:
        if not account.selected:
            words = "The account was not selected for this run."
            return unread(account, self.wish, "not_selected", "account_not_selected", words)
        if code := NEVER_TRIED.get(account.state):
            return unread(account, self.wish, "not_tried", code, f"The account's state is {account.state}.")
        if kept.whole and kept.rows.keys() >= {*wanted(self.wish)}:
            return kept.visit(account)
        if fault := self.traveller.expired:
            how = ("credentials_expired", f"{fault.code}: {fault.message}", "expired")
            return unread(account, self.wish, "not_entered", *how, kept=kept)
        tally, refusals = CallStats(), list[str]()
        try:
            entered = await self.enter(account, tally, refusals)
        except CallLimitReached:
            return unread(account, self.wish, "not_entered", "max_calls", OUT_OF_CALLS, kept=kept)
        rows = entry(account, tally, refusals, entered=entered is not None)
        if entered is None:
            ended = rows[0].status == "expired"
            words = "; ".join(refusals)
            how = ("credentials_expired", words, "expired") if ended else (ENTRY.operation, words, NOT_ASKED)
            visit = unread(account, self.wish, "not_entered", *how, kept=kept)
            visit.coverage = [*rows, *(row for row in visit.coverage if row.operation != rows[0].operation)]
            return visit
        if entered.role_arn:
            self._land_identity(account, entered)
        return await self._collected(
            account, entered, [*stateless(account), *rows, *not_wished(account, self.wish)], kept
        )

    async def _collected(
        self, account: Account, entered: AssumedSession, first: Sequence[CoverageRow], kept: PriorAccount
    ) -> AccountResult:
        """Make the calls of an account that was entered; each is written down as soon as it has fared."""
        journal = self._landing.journal
        journal.add([row.values() for row in first])

        def done(outcomes: Sequence[CallResult]) -> None:
            new = [one for one in outcomes if not one.is_prior]
            looked = collection.looked if any(one.call.operation == LOOK_UPS for one in new) else ()
            events = [events_read(account.account_id, *one) for one in looked]
            journal.add([row.values() for row in told(account, new, kept)], [one.values() for one in events])

        lister = AccountClient(self.traveller, self._landing, entered, self.renew, self.wish.home)
        collection = Collection(lister, self.wish, self.looking(account.account_id), kept, done)
        outcomes = await collection.run(lambda _: self._heard(account))
        rows = merge_rows([*first, *told(account, outcomes, kept)])
        self.traveller.release_account(account.account_id)
        gaps = [row for row in rows if row.is_gap]
        causes = [row for row in gaps if row.status != NOT_ASKED] or gaps
        reason = "; ".join(
            dict.fromkeys(f"{row.operation}: {row.status} {row.error_code or ''}".strip() for row in causes)
        )
        visit = AccountResult(
            account, entered.role_arn or "(caller)", "partial" if gaps else "read", reason or None, rows
        )
        for region, looked in collection.looked:
            visit.events.append(events_read(account.account_id, region, looked))
            if looked.prior:
                visit.carried.append(("look-up", account.account_id, region, looked.prior))
        return kept.joined(visit, {region for region, _ in collection.looked})

    # -- entering ------------------------------------------------------------------------------------------------------------

    async def enter(self, account: Account, tally: CallStats, refusals: list[str]) -> AssumedSession | None:
        """Give the way into an account: the caller's own, the organization's reader, or the first role that lets in."""
        org = self._org
        if account.account_id == org.caller_account:
            return AssumedSession(account.account_id, self.traveller.door.own.credentials)
        if org.reader.role_arn and account.account_id == org.reader.account_id:
            return await self.reader()
        doors = [self.traveller.door.own, *([await self.reader()] if org.reader.role_arn else [])]
        for who in doors:
            for role in self._options.roles:
                arn = f"arn:{org.partition}:iam::{account.account_id}:role/{role}"
                try:
                    entered = await self._assume(who, arn, tally, self._policies.account)
                except CallLimitReached:
                    raise
                except RequestFailed as failed:
                    refusals.append(f"{role}: {failed}")
                    tally.faults.append(failed.fault)
                    if failed.fault.kind in ("expired", "rejected"):
                        self.traveller.expired = failed.fault
                        return None
                else:
                    self.entered[account.account_id] = role
                    return entered
        return None

    async def _assume(self, who: AssumedSession, arn: str, tally: CallStats, policy: str | None) -> AssumedSession:
        return await assume_role(self.traveller, who, arn, self._options.external_id, tally, policy)

    async def reader(self) -> AssumedSession:
        """Give the role that reads the organization, assumed again when its session is about to end."""
        async with self._renewing:
            if self._org.reader.expires_soon():
                self._org.reader = await self.renew(self._org.reader)
            return replace(self._org.reader)

    async def renew(self, entered: AssumedSession) -> AssumedSession:
        """Assume the role again before its session ends, by whom it was assumed before."""
        by = entered.assumed_by or self.traveller.door.own
        return await self._assume(
            await self.renew(by) if by.expires_soon() else by, entered.role_arn, CallStats(), entered.policy
        )

    def _land_identity(self, account: Account, entered: AssumedSession) -> None:
        """Land who the run is inside: what GetCallerIdentity would answer, made from the role; no secret."""
        name = entered.role_arn.split("/")[-1]
        arn = f"arn:{self._org.partition}:sts::{account.account_id}:assumed-role/{name}/iamsql"
        item = {"UserId": entered.user_id, "Account": account.account_id, "Arn": arn}
        self._landing.write_items(CALLER.raw, account.account_id, "global", "{}", [verbatim(item)], iso(time.time()))
