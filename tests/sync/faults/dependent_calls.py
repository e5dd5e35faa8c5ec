"""What must follow from a call that failed, by the declarations alone: who fails with it, and who stands in for it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from iamsql.model import Call
from iamsql.schema.registry import all_calls
from iamsql.sync.organization import ORG_CALLS
from tests.sync.faults.fault_kinds import UNREADABLE, Told
from tests.sync.faults.scenarios import ENTRY, MADE, Key, key

REPORT: Key = ("iam", "GetCredentialReport")
WALK = [key(call) for call in vars(ORG_CALLS).values() if not call.implicit]
TREE = {("organizations", "ListOrganizationalUnitsForParent"), ("organizations", "ListAccountsForParent")}
ENDS_THE_WALK = (key(ORG_CALLS.organization), key(ORG_CALLS.accounts))


@dataclass
class Follows:
    """What a fault of one call changes: `failed` calls with what is told of them, and `gained` ones that stand in."""

    failed: dict[Key, Told] = field(default_factory=dict)
    gained: set[Key] = field(default_factory=set)


def follows(target: Call, told: Told, without: Collection[Key]) -> Follows:
    """Work out what follows when a call fails so that `told` is said of it; `without` are calls that fail anyhow."""
    found = Follows({key(target): told})
    unasked: Told = ("not_asked", target.operation)
    if key(target) == key(MADE) and told != UNREADABLE:  # it is asked for all the same, and none was made
        found.failed[REPORT] = ("error", "ReportNotPresent")
    if key(target) in ENDS_THE_WALK:  # none of the walk's further calls is made
        found.failed |= dict.fromkeys(WALK[WALK.index(key(target)) + 1 :], unasked)
    if key(target) in TREE:  # the one is asked of a unit after the other
        found.failed |= dict.fromkeys(TREE - {key(target)}, unasked)
    for call in all_calls():
        listers = [call.parent, *_stand_ins(call.parent)] if call.parent else []
        lost = [key(one) for one in listers if key(one) in found.failed]
        if lost and all(key(one) in found.failed or key(one) in without for one in listers):
            last = found.failed[lost[-1]]  # of several the last is told
            found.failed.setdefault(key(call), last if last[0] == "not_asked" else ("not_asked", lost[-1][1]))
        mains = [one for one in (call.fallback_for, call.also_for, call.parent) if one]
        if any(key(one) in found.failed.keys() | found.gained for one in mains) and key(call) not in found.failed:
            found.gained.add(key(call))
    return found


def of_account(target: Call, told: Told) -> bool:
    """Tell whether a fault keeps the run out of the account."""
    return target == ENTRY and told[0] != "ok"


def _stand_ins(parent: Call) -> list[Call]:
    return [call for call in all_calls() if call.fallback_for == parent and not call.parent]
