"""Visit one account: enter it, collect it, and write down how it went. A failure here is a row, never an end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from iamsql.aws.accounts import Organization, enter_role
from iamsql.aws.collect import Collection, Looking
from iamsql.aws.faults import Failed, Fault, status_of
from iamsql.aws.lists import Lister
from iamsql.aws.sessions import Entered, iso
from iamsql.aws.trips import OutOfCalls, Tally, Traveller
from iamsql.aws.wish import Outcome, Wish
from iamsql.jsontext import verbatim
from iamsql.model import Account, Call
from iamsql.runfile import Covered, Visit
from iamsql.schema import all_calls
from iamsql.store.write import Landing
from iamsql.sync import Options
from iamsql.sync.summary import counted, events_read, merged
from iamsql.tables._calls import CALLER

# An account that is not ACTIVE cannot be entered; one whose state AWS did not tell is tried, and is an error row if it fails.
NEVER_TRIED = {
    "SUSPENDED": "account_suspended",
    "PENDING_CLOSURE": "account_closed",
    "CLOSED": "account_closed",
    "PENDING_ACTIVATION": "account_pending",
}
NOT_ENTERED = "account_not_entered"


class Visitor:
    """Visits accounts for one run."""

    def __init__(
        self,
        traveller: Traveller,
        landing: Landing,
        org: Organization,
        wish: Wish,
        options: Options,
        looking: Callable[[str], Looking],
    ) -> None:
        """Keep what all visits share; `looking` says how an account's events are looked up."""
        self.looking = looking
        self.traveller, self._landing, self._org, self.wish, self._options = traveller, landing, org, wish, options
        self._renewing = asyncio.Lock()
        self.read: dict[str, list[Covered]] = {}  # what is known of each account when only look-ups are still to come
        self.only_look_ups = asyncio.Event()

    async def visit(self, account: Account) -> Visit:
        """Read one account as far as it can be read."""
        visit = await self._visit(account)
        self._heard(account, visit.coverage)
        return visit

    def _heard(self, account: Account, rows: list[Covered]) -> None:
        """Keep what is known of an account first, and tell when it is known of all."""
        self.read.setdefault(account.account_id, rows)
        if len(self.read) == len(self._org.accounts):
            self.only_look_ups.set()

    async def _visit(self, account: Account) -> Visit:
        if not account.selected:
            return self._unread(
                account, "not_selected", "account_not_selected", "The account was not selected for this run."
            )
        if code := NEVER_TRIED.get(account.state):
            return self._unread(account, "not_tried", code, f"The account's state is {account.state}.")
        if fault := self.traveller.expired:
            return self._unread(
                account, "not_entered", "credentials_expired", f"{fault.code}: {fault.message}", "expired"
            )
        tally, refusals = Tally(), list[str]()
        try:
            entered = await self.enter(account, tally, refusals)
        except OutOfCalls:
            return self._unread(
                account, "not_entered", "max_calls", "The run had made as many calls as --max-calls allows."
            )
        entry = self._entry(account, tally, refusals, entered)
        if entered is None:
            ended = entry[0].status == "expired"
            how = (
                ("credentials_expired", "; ".join(refusals), "expired") if ended else (NOT_ENTERED, "; ".join(refusals))
            )
            visit = self._unread(account, "not_entered", *how)
            return Visit(account, None, visit.outcome, visit.reason, [*entry, *visit.coverage])
        if entered.role_arn:
            self._land_identity(account, entered)
        first = [*_stateless(account), *entry, *self._not_wished(account)]

        def rows_of(outcomes: Sequence[Outcome]) -> list[Covered]:
            return merged([*first, *(covered(account, outcome) for outcome in outcomes)])

        lister = Lister(self.traveller, self._landing, entered, self.renew, self.wish.home)
        collection = Collection(lister, self.wish, self.looking(account.account_id))
        rows = rows_of(await collection.run(lambda outcomes: self._heard(account, rows_of(outcomes))))
        self.traveller.leave(account.account_id)
        gaps = [row for row in rows if row.is_gap]
        reason = "; ".join(
            dict.fromkeys(f"{row.operation}: {row.status} {row.error_code or ''}".strip() for row in gaps)
        )
        visit = Visit(account, entered.role_arn or "(caller)", "partial" if gaps else "read", reason or None, rows)
        for region, looked in collection.looked:
            visit.events.append(events_read(account.account_id, region, looked))
            if looked.span:
                visit.carried.append(("look-up", account.account_id, region, looked.span))
        return visit

    # -- entering ------------------------------------------------------------------------------------------------------------

    async def enter(self, account: Account, tally: Tally, refusals: list[str]) -> Entered | None:
        """Give the way into an account: the caller's own, the organization's reader, or the first role that lets in."""
        org = self._org
        if account.account_id == org.caller_account:
            return Entered(account.account_id, self.traveller.door.own.credentials)
        if org.reader.role_arn and account.account_id == org.reader.account_id:
            return await self.reader()
        doors = [self.traveller.door.own, *([await self.reader()] if org.reader.role_arn else [])]
        for who in doors:
            for role in self._options.roles:
                arn = f"arn:{org.partition}:iam::{account.account_id}:role/{role}"
                try:
                    return await self._assume(who, arn, tally)
                except OutOfCalls:
                    raise
                except Failed as failed:
                    refusals.append(f"{role}: {failed}")
                    tally.faults.append(failed.fault)
                    if failed.fault.kind in ("expired", "rejected"):
                        self.traveller.expired = failed.fault
                        return None
        return None

    async def _assume(self, who: Entered, arn: str, tally: Tally) -> Entered:
        region = self.traveller.door.region
        return await enter_role(self.traveller, who, arn, region, self._options.external_id, tally)

    async def reader(self) -> Entered:
        """Give the role that reads the organization, assumed again when its session is about to end."""
        async with self._renewing:
            if self._org.reader.ends_soon():
                self._org.reader = await self.renew(self._org.reader)
            return replace(self._org.reader)

    async def renew(self, entered: Entered) -> Entered:
        """Assume the role again before its session ends, by whom it was assumed before."""
        by = entered.by or self.traveller.door.own
        return await self._assume(await self.renew(by) if by.ends_soon() else by, entered.role_arn, Tally())

    def _land_identity(self, account: Account, entered: Entered) -> None:
        """Land who the run is inside: what GetCallerIdentity would answer, made from the role; no secret."""
        name = entered.role_arn.split("/")[-1]
        arn = f"arn:{self._org.partition}:sts::{account.account_id}:assumed-role/{name}/iamsql"
        item = {"UserId": entered.user_id, "Account": account.account_id, "Arn": arn}
        self._landing.land(CALLER.raw, account.account_id, "global", "{}", [verbatim(item)], iso(time.time()))

    # -- what is written down --------------------------------------------------------------------------------------------------

    def _entry(self, account: Account, tally: Tally, refusals: Sequence[str], entered: Entered | None) -> list[Covered]:
        """Give the row of AssumeRole, with every refusal in AWS's words; none when no role was needed."""
        if not tally.trips:
            return []
        words = "; ".join(refusals) or None
        outcome = Outcome(Call("sts", "AssumeRole"), "global", "ok", tally)
        if entered is None:
            found = [status_of(fault) for fault in tally.faults]
            status = next((one for one in ("expired", "denied", "throttled") if one in found), "error")
            outcome.status, outcome.fault = status, Fault(status, tally.faults[0].code, words or "")
        row = covered(account, outcome)
        return [row if entered is None else Covered(**{**row.__dict__, "error_message": words})]

    def _unread(self, account: Account, outcome: str, code: str, words: str, status: str = "skipped") -> Visit:
        """Give the visit of an account that is not read: a row for every call that was wanted of it."""
        rows = [
            Covered(account.account_id, account.name, region, service, operation, status, code, words)
            for region, service, operation in self._wanted()
        ]
        return Visit(account, None, outcome, words, rows)

    def _wanted(self) -> Iterator[tuple[str, str, str]]:
        """Yield region, service and operation of the calls that every account is asked, stand-ins left out."""
        seen = set()
        for call in self.wish.calls:
            unasked = call.on_demand and call.raw not in self.wish.named
            if call.org or call.entered or call.instead_of or unasked:
                continue
            for region in self.wish.regions_of(call) if call.regional else ("global",):
                key = (region, call.service, call.operation)
                if key not in seen:
                    seen.add(key)
                    yield key

    def _not_wished(self, account: Account) -> Iterator[Covered]:
        """Yield rows for the calls that --table left out."""
        wished = {(call.service, call.operation) for call in self.wish.calls}
        left = dict.fromkeys(
            (call.service, call.operation) for call in all_calls() if not call.org and not call.entered
        )
        for service, operation in left:
            if (service, operation) not in wished:
                words = "No table that was named needs it."
                yield Covered(
                    account.account_id, account.name, "global", service, operation, "skipped", "not_selected", words
                )


def _stateless(account: Account) -> list[Covered]:
    """Give an error row for an account of which AWS told neither State nor Status."""
    words = "ListAccounts told neither State nor Status of this account."
    row = Covered(
        account.account_id, account.name, "global", "organizations", "ListAccounts", "error", "NoState", words
    )
    return [] if account.state else [row]


def covered(account: Account, outcome: Outcome) -> Covered:
    """Give the row of coverage of one trip in one region."""
    fault, call = outcome.fault, outcome.call
    region = outcome.region if call.regional else "global"
    why = (fault.code, fault.message) if fault else (None, None)
    row = Covered(account.account_id, account.name, region, call.service, call.operation, outcome.status, *why)
    return counted(row, outcome.tally)
