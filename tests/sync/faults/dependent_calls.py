"""The calls that fail with a failed call, and the fallback calls that are made for it, derived from the declarations."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from iamsql.model import Call
from iamsql.sync.organization import ORG_CALLS
from iamsql.tables.registry import all_calls
from tests.sync.faults.fault_kinds import UNREADABLE, StatusAndCode
from tests.sync.faults.scenarios import ENTRY, MADE, Key, call_key

REPORT: Key = ("iam", "GetCredentialReport")
ORGANIZATION_CALLS = [call_key(call) for call in vars(ORG_CALLS).values() if not call.implicit]
TREE = {("organizations", "ListOrganizationalUnitsForParent"), ("organizations", "ListAccountsForParent")}
REQUIRED_FOR_ACCOUNTS = (call_key(ORG_CALLS.organization), call_key(ORG_CALLS.accounts))


@dataclass
class Consequences:
    """What a failed call changes: `failed` calls with their status and code, and `gained` fallback calls."""

    failed: dict[Key, StatusAndCode] = field(default_factory=dict)
    gained: set[Key] = field(default_factory=set)


def consequences_of(target: Call, status_and_code: StatusAndCode, failing_anyway: Collection[Key]) -> Consequences:
    """Return what follows when a call fails with status and code `status_and_code`; `failing_anyway` are calls that fail anyway."""
    consequences = Consequences({call_key(target): status_and_code})
    unasked: StatusAndCode = ("not_requested", target.operation)
    if (
        call_key(target) == call_key(MADE) and status_and_code != UNREADABLE
    ):  # the report is requested anyway, and does not exist
        consequences.failed[REPORT] = ("error", "ReportNotPresent")
    if call_key(target) in REQUIRED_FOR_ACCOUNTS:  # no later call of the organization is made
        consequences.failed |= dict.fromkeys(
            ORGANIZATION_CALLS[ORGANIZATION_CALLS.index(call_key(target)) + 1 :], unasked
        )
    if call_key(target) in TREE:  # both are called for each unit
        consequences.failed |= dict.fromkeys(TREE - {call_key(target)}, unasked)
    for call in all_calls():
        listers = [call.parent, *_fallbacks(call.parent)] if call.parent else []
        lost = [call_key(other) for other in listers if call_key(other) in consequences.failed]
        if lost and all(
            call_key(other) in consequences.failed or call_key(other) in failing_anyway for other in listers
        ):
            last = consequences.failed[lost[-1]]  # coverage has the last of several
            consequences.failed.setdefault(
                call_key(call), last if last[0] == "not_requested" else ("not_requested", lost[-1][1])
            )
        replaced = [other for other in (call.fallback_for, call.also_for, call.parent) if other]
        if (
            any(call_key(other) in consequences.failed.keys() | consequences.gained for other in replaced)
            and call_key(call) not in consequences.failed
        ):
            consequences.gained.add(call_key(call))
    return consequences


def fails_account(target: Call, status_and_code: StatusAndCode) -> bool:
    """Return whether a fault prevents the sync of the account."""
    return target == ENTRY and status_and_code[0] != "ok"


def _fallbacks(parent: Call) -> list[Call]:
    return [call for call in all_calls() if call.fallback_for == parent and not call.parent]
