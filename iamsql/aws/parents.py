"""The items of an account that further calls are made for: heard in this sitting, or kept from an earlier one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from iamsql.aws.credential_report import MADE, REPORT, Slots, slots
from iamsql.aws.paginate import AccountClient
from iamsql.aws.plan import CallResult, CollectionPlan, Parent, PriorResults, name_of, trimmed
from iamsql.model import Call

REGIONS = ("ListRegions", "DescribeRegions")


@dataclass
class Parents:
    """What the calls of one account's collection brought that others go by; `report` is the credential report's rows."""

    wish: CollectionPlan
    known: PriorResults | None = None
    report: Slots = field(default_factory=dict)
    _held: dict[tuple[str, str], list[Parent]] = field(default_factory=dict)  # by raw table and region
    _anew: set[tuple[str, str]] = field(default_factory=set)  # those that were asked for in this sitting
    _followed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Find whose items are kept: memory is short in large accounts."""
        calls = self.wish.calls
        followed = {call.each for call in calls if call.each}
        self._followed = {
            call.raw for call in calls if call in followed or call.instead_of in followed or call.operation in REGIONS
        }

    def follows(self, call: Call) -> bool:
        """Tell whether other calls go by the items of this one."""
        return call.raw in self._followed

    def hear(self, raw: str, region: str, parents: Iterable[Parent]) -> None:
        """Take what was asked for in this sitting."""
        self._anew.add((raw, region))
        self._held.setdefault((raw, region), []).extend(parents)

    def know(self, raw: str, region: str, parents: list[Parent]) -> None:
        """Take what was asked for elsewhere."""
        self._held[raw, region] = parents

    def held(self, raw: str, region: str) -> list[Parent]:
        """Give what one list brought."""
        return self._held.get((raw, region), [])

    def of(self, parent: Call, region: str, whole: bool) -> list[Parent]:
        """Give what a call lists, each once; where it did not list all, with what stood in for it lists beside."""
        found = {json.dumps(one): one for one in self.held(parent.raw, region)}
        for other in () if whole else self._stand_ins(parent):
            known = {name_of(item) for _, item in found.values()}
            more = self.held(other.raw, region)
            found |= {json.dumps(one): one for one in more if name_of(one[1]) not in known}
        return list(found.values())

    def kept(self, calls: Sequence[Call], region: str) -> list[CallResult]:
        """Tell how a trip fared in an earlier sitting, where that stands still; its items are parents again."""
        call = calls[0]
        outcome = self.known and self.known.outcome(call, region)
        listers = [call.each, *self._stand_ins(call.each)] if call.each else []
        if not self.known or not outcome or any((one.raw, region) in self._anew for one in listers):
            return []
        for one in calls:
            if one.raw in self._followed:
                items = ((bound, trimmed(item)) for bound, item in self.known.items(one.raw, region))
                self._held.setdefault((one.raw, region), []).extend(items)
        if call.operation != REPORT:
            return [outcome]
        self.report = slots([item for _, item in self.known.items(call.raw, region)])
        made = self.known.outcome(Call(call.service, MADE), region)
        return [outcome, *([made] if made else [])]

    def drop(self, calls: Sequence[Call], region: str, lister: AccountClient) -> None:
        """Drop what an earlier sitting landed of calls that are asked anew, or that nothing needs now."""
        for one in calls:
            if self.known and self.known.outcome(one, region):
                lister.lands.delete_call(one.raw, lister.entered.account_id, region)

    def _stand_ins(self, parent: Call) -> list[Call]:
        return [one for one in self.wish.calls if one.instead_of == parent and not one.each]
