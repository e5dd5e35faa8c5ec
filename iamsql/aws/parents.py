"""The parents in an account: items that further calls are made for, from this session or from an earlier one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from iamsql.aws.credential_report import GENERATE, REPORT
from iamsql.aws.parent_filters import KeySlots, key_slots
from iamsql.aws.plan import AccountItems, CallResult, CollectionPlan, Parent, PriorResults, name_of
from iamsql.model import Call

REGIONS = ("ListRegions", "DescribeRegions")


@dataclass
class Parents:
    """The parents in one account; `slots` are the access key slots of the credential report."""

    plan: CollectionPlan
    prior: PriorResults | None = None
    slots: KeySlots = field(default_factory=dict)
    _items: dict[tuple[str, str], list[Parent]] = field(default_factory=dict)  # by raw table and region
    # The raw tables and regions that were listed in this session.
    _listed: set[tuple[str, str]] = field(default_factory=set)

    @cached_property
    def raw_tables(self) -> frozenset[str]:
        """The raw tables of parents; items of other tables are not kept, because those of large accounts fill the memory."""
        calls = self.plan.calls
        parents = {call.parent for call in calls if call.parent}
        return frozenset(
            call.raw for call in calls if call in parents or call.fallback_for in parents or call.operation in REGIONS
        )

    def add(self, raw: str, region: str, parents: Iterable[Parent]) -> None:
        """Add items that were listed in this session."""
        self._listed.add((raw, region))
        self._items.setdefault((raw, region), []).extend(parents)

    def items(self, raw: str, region: str) -> list[Parent]:
        """Return the items of one list."""
        return self._items.get((raw, region), [])

    def of(self, call: Call, region: str, is_complete: bool) -> list[Parent]:
        """Return the items that a call lists, each once; if incomplete, with the items that its fallbacks list."""
        found = {json.dumps(parent): parent for parent in self.items(call.raw, region)}
        for fallback in () if is_complete else self._fallbacks(call):
            names = {name_of(parent.item) for parent in found.values()}
            more = self.items(fallback.raw, region)
            found |= {json.dumps(parent): parent for parent in more if name_of(parent.item) not in names}
        return list(found.values())

    def restore(self, calls: Sequence[Call], region: str) -> list[CallResult]:
        """Return the results of calls from an earlier session, or [] if they have to be made again.

        Calls that share a request are made again if their parents were listed again. Restores the items as parents.
        """
        call = calls[0]
        result = self.prior and self.prior.result(call, region)
        listing = [call.parent, *self._fallbacks(call.parent)] if call.parent else []
        if not self.prior or not result or any((parent.raw, region) in self._listed for parent in listing):
            return []
        for stored in (stored for stored in calls if stored.raw in self.raw_tables):
            items = (
                Parent(params, self.plan.parent_members(item)) for params, item in self.prior.items(stored.raw, region)
            )
            # Without `add`, which would mark them as listed again, and their calls as to be made again.
            self._items.setdefault((stored.raw, region), []).extend(items)
        if call.operation != REPORT:
            return [result]
        self.slots = key_slots([item for _, item in self.prior.items(call.raw, region)])
        generated = self.prior.result(Call(call.service, GENERATE), region)
        return [result, *([generated] if generated else [])]

    def discard(self, calls: Sequence[Call], region: str, target: AccountItems) -> None:
        """Delete the items of an earlier session of calls that are made again, or that no table needs any more."""
        for call in calls:
            if self.prior and self.prior.result(call, region):
                target.delete_call(call.raw, region)

    def _fallbacks(self, parent: Call) -> list[Call]:
        return [call for call in self.plan.calls if call.fallback_for == parent and not call.parent]
