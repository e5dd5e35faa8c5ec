"""What else is read of the organization, for tables that were named: collected as an account's calls are.

Whoever reads the organization is asked, and all is landed and covered under the management account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from iamsql.aws.accounts import Organization, Walk
from iamsql.aws.collect import Collection
from iamsql.aws.lists import Lister
from iamsql.aws.trips import Tally
from iamsql.aws.wish import Lands, Outcome, judge
from iamsql.model import Account, Call
from iamsql.runfile import Covered
from iamsql.sync.visit import Visitor, covered


@dataclass(frozen=True)
class _Under:
    """Lands what is read under one account, whoever reads it."""

    lands: Lands
    account_id: str

    def land(self, raw: str, account_id: str, region: str, bound: str, items: Sequence[str], synced_at: str) -> None:
        self.lands.land(raw, self.account_id, "global", bound, items, synced_at)

    def forget(self, raw: str, account_id: str, region: str, bound: str) -> None:
        self.lands.forget(raw, self.account_id, "global", bound)


async def read_more(walk: Walk, org: Organization, visitor: Visitor, lands: Lands) -> list[Covered]:
    """Ask what the walk did not; give the coverage, also of what was not asked for because no table was named."""
    calls = tuple(call for call in visitor.wish.calls if call.org and call.on_demand)
    if not calls:
        return []
    account_id = org.management or org.caller_account
    lister = Lister(visitor.traveller, _Under(lands, account_id), await visitor.reader(), visitor.renew, org.home)
    collection = Collection(
        lister, replace(visitor.wish, calls=calls, of_organization=True), visitor.looking(account_id)
    )
    for parent in dict.fromkeys(call.each for call in calls if call.each and not call.each.on_demand):
        collection.know(_walked(org, parent), walk.listed(parent))
    name = next((one.name for one in org.accounts if one.account_id == account_id), "")
    return [covered(Account(account_id, name), outcome) for outcome in await collection.run()]


def _walked(org: Organization, call: Call) -> Outcome:
    """Tell how a call of the walk fared; one that was not made fared as the one at which the walk ended."""
    stopped = next((tally for tally in org.tallies.values() if tally.faults), Tally())
    outcome = Outcome(call, org.home, tally=org.tallies.get((call.service, call.operation), stopped))
    judge(outcome, 0)
    return outcome
