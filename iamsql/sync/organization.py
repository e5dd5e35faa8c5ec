"""What is read of the organization beside the walk, which finds the accounts: collected as an account's calls are.

Whoever reads the organization is asked, while the accounts are visited, and all is landed and covered under the
management account. What stops the walk stops these too, but for tables that were named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from iamsql.aws.client import Tally
from iamsql.aws.collect import Collection
from iamsql.aws.errors import Failed, Fault, not_asked, status_of
from iamsql.aws.organization import Organization, OrgCalls, Walk
from iamsql.aws.paginate import Lister
from iamsql.aws.plan import Lands, Outcome, judge
from iamsql.model import Account, Call
from iamsql.runfile.build import Covered
from iamsql.schema.tables import _calls as calls
from iamsql.sync.account import Visitor
from iamsql.sync.coverage import covered
from iamsql.sync.summary import counted, merged

ORG_CALLS = OrgCalls(calls.CALLER, *calls.WALK)
WALKED = frozenset(vars(ORG_CALLS).values())
TRUSTED = Fault("skipped", "trust_report", "Not asked under --trust-report, which makes as few calls as can be.")


@dataclass(frozen=True)
class _Under:
    """Lands what is read under one account, whoever reads it."""

    lands: Lands
    account_id: str

    def land(self, raw: str, account_id: str, region: str, bound: str, items: Sequence[str], synced_at: str) -> None:
        self.lands.land(raw, self.account_id, "global", bound, items, synced_at)

    def forget(self, raw: str, account_id: str, region: str, bound: str) -> None:
        self.lands.forget(raw, self.account_id, "global", bound)

    def drop(self, raw: str, account_id: str, region: str) -> None:
        self.lands.drop(raw, self.account_id, "global")


def organization_rows(org: Organization) -> list[Covered]:
    """Give the coverage of the calls of the walk, under the management account."""
    account, rows = _account(org), []
    for (service, operation), tally in org.tallies.items():
        fault = tally.faults[0] if tally.faults else None
        status = "ok" if fault is None else "partial" if tally.items else status_of(fault)
        why = (fault.code, fault.message) if fault else (None, None)
        row = Covered(account.account_id, account.name, "global", service, operation, status, *why)
        rows.append(counted(row, tally))
    if stopped := _stopped(org):
        unasked = (call for call in vars(ORG_CALLS).values() if not call.entered)
        left = (call for call in unasked if (call.service, call.operation) not in org.tallies)
        rows += [covered(account, _unasked(call, org, stopped)) for call in left]
    return rows


async def read_more(walk: Walk, org: Organization, visitor: Visitor, lands: Lands) -> list[Covered]:
    """Ask what the walk did not; give the coverage, also of what was not asked for."""
    wish, account = visitor.wish, _account(org)
    wanted = [call for call in wish.calls if call.org and not call.entered and call not in WALKED]
    vain = _stopped(org) or (TRUSTED if wish.trust_report else None)
    left = [call for call in wanted if vain and not call.on_demand and call.raw not in wish.named]
    asked = tuple(call for call in wanted if call not in left)
    outcomes = [_unasked(call, org, vain) for call in left if vain]
    try:
        outcomes += await _collected(asked, walk, org, visitor, lands) if asked else []
    except Failed as failed:  # the role that reads the organization cannot be assumed again
        outcomes += [_unasked(call, org, not_asked("AssumeRole", failed.fault)) for call in asked]
    return merged([covered(account, outcome) for outcome in outcomes])


async def _collected(
    asked: tuple[Call, ...], walk: Walk, org: Organization, visitor: Visitor, lands: Lands
) -> list[Outcome]:
    """Make the calls, by whoever reads the organization; the walk's own are known."""
    under = _Under(lands, _account(org).account_id)
    lister = Lister(visitor.traveller, under, await visitor.reader(), visitor.renew, org.home)
    wish = replace(visitor.wish, calls=asked, of_organization=True)
    collection = Collection(lister, wish, visitor.looking(under.account_id))
    for parent in {call.each for call in asked if call.each and call.each in WALKED}:
        collection.know(_walked(org, parent), walk.listed(parent))
    return await collection.run()


def _account(org: Organization) -> Account:
    """Give the account that what is read of the organization is told under."""
    account_id = org.management or org.caller_account
    return next((one for one in org.accounts if one.account_id == account_id), Account(account_id))


def _stopped(org: Organization) -> Fault | None:
    """Return why no further call of the organization is made: the walk ended before it had listed the accounts."""
    for call in (ORG_CALLS.organization, ORG_CALLS.accounts):
        tally = org.tallies.get((call.service, call.operation))
        if tally and tally.faults:
            fault = tally.faults[0]
            return fault if fault.kind == "not_applicable" else not_asked(call.operation, fault)
    return None


def _unasked(call: Call, org: Organization, why: Fault) -> Outcome:
    """Return the outcome of a call that was not made."""
    return Outcome(call, org.home, status_of(why), fault=why)


def _walked(org: Organization, call: Call) -> Outcome:
    """Return how a call of the walk fared."""
    tally = org.tallies.get((call.service, call.operation))
    if tally is None and (stopped := _stopped(org)):
        return _unasked(call, org, stopped)
    outcome = Outcome(call, org.home, tally=tally or Tally())
    judge(outcome, 0)
    return outcome
