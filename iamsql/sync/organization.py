"""What is read of the organization beside the walk, which finds the accounts: collected as an account's calls are.

Whoever reads the organization is asked, while the accounts are visited, and all is landed and covered under the
management account. What stops the walk stops these too, but for tables that were named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from iamsql.aws.client import CallStats
from iamsql.aws.collect import Collection
from iamsql.aws.errors import Fault, RequestFailed, not_asked, status_of
from iamsql.aws.organization import Organization, OrganizationReader, OrgCalls
from iamsql.aws.paginate import AccountClient
from iamsql.aws.plan import CallResult, ItemWriter, set_status
from iamsql.model import Account, Call
from iamsql.runfile.build import CoverageRow
from iamsql.schema.tables import _calls as calls
from iamsql.sync.account import AccountSync
from iamsql.sync.coverage import covered
from iamsql.sync.summary import merge_rows, with_stats

ORG_CALLS = OrgCalls(calls.CALLER, *calls.WALK)
WALKED = frozenset(vars(ORG_CALLS).values())
TRUSTED = Fault("skipped", "trust_report", "Not asked under --trust-report, which makes as few calls as can be.")


@dataclass(frozen=True)
class _Under:
    """Lands what is read under one account, whoever reads it."""

    lands: ItemWriter
    account_id: str

    def write_items(self, raw: str, account_id: str, region: str, bound: str, items: Sequence[str], synced_at: str) -> None:
        self.lands.write_items(raw, self.account_id, "global", bound, items, synced_at)

    def delete_items(self, raw: str, account_id: str, region: str, bound: str) -> None:
        self.lands.delete_items(raw, self.account_id, "global", bound)

    def delete_call(self, raw: str, account_id: str, region: str) -> None:
        self.lands.delete_call(raw, self.account_id, "global")


def organization_rows(org: Organization) -> list[CoverageRow]:
    """Give the coverage of the calls of the walk, under the management account."""
    account, rows = _account(org), []
    for (service, operation), tally in org.tallies.items():
        fault = tally.faults[0] if tally.faults else None
        status = "ok" if fault is None else "partial" if tally.items else status_of(fault)
        why = (fault.code, fault.message) if fault else (None, None)
        row = CoverageRow(account.account_id, account.name, "global", service, operation, status, *why)
        rows.append(with_stats(row, tally))
    if stopped := _stopped(org):
        unasked = (call for call in vars(ORG_CALLS).values() if not call.entered)
        left = (call for call in unasked if (call.service, call.operation) not in org.tallies)
        rows += [covered(account, _unasked(call, org, stopped)) for call in left]
    return rows


async def collect_organization(
    walk: OrganizationReader, org: Organization, visitor: AccountSync, lands: ItemWriter
) -> list[CoverageRow]:
    """Ask what the walk did not; give the coverage, also of what was not asked for."""
    wish, account = visitor.wish, _account(org)
    wanted = [call for call in wish.calls if call.org and not call.entered and call not in WALKED]
    vain = _stopped(org) or (TRUSTED if wish.trust_report else None)
    left = [call for call in wanted if vain and not call.on_demand and call.raw not in wish.named]
    asked = tuple(call for call in wanted if call not in left)
    outcomes = [_unasked(call, org, vain) for call in left if vain]
    try:
        outcomes += await _collected(asked, walk, org, visitor, lands) if asked else []
    except RequestFailed as failed:  # the role that reads the organization cannot be assumed again
        outcomes += [_unasked(call, org, not_asked("AssumeRole", failed.fault)) for call in asked]
    return merge_rows([covered(account, outcome) for outcome in outcomes])


async def _collected(
    asked: tuple[Call, ...], walk: OrganizationReader, org: Organization, visitor: AccountSync, lands: ItemWriter
) -> list[CallResult]:
    """Make the calls, by whoever reads the organization; the walk's own are known."""
    under = _Under(lands, _account(org).account_id)
    lister = AccountClient(visitor.traveller, under, await visitor.reader(), visitor.renew, org.home)
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


def _unasked(call: Call, org: Organization, why: Fault) -> CallResult:
    """Return the outcome of a call that was not made."""
    return CallResult(call, org.home, status_of(why), fault=why)


def _walked(org: Organization, call: Call) -> CallResult:
    """Return how a call of the walk fared."""
    tally = org.tallies.get((call.service, call.operation))
    if tally is None and (stopped := _stopped(org)):
        return _unasked(call, org, stopped)
    outcome = CallResult(call, org.home, stats=tally or CallStats())
    set_status(outcome, 0)
    return outcome
