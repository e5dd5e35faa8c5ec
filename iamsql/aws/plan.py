"""What a run wants of an account, and how each question fared: the small facts that collecting goes by."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from iamsql.aws.client import CallStats
from iamsql.aws.errors import ENDS, NOT_ASKED, Fault, status_of
from iamsql.model import Call

MAX_DENIALS = 3  # parents denied one after the other, none answered: the call is denied
MAX_FAILURES = 20  # parents that failed otherwise, none answered: each was asked for time and again
LOOK_UPS = "LookupEvents"
ALL = ("all",)
KEPT = frozenset(
    "UserName GroupName RoleName Arn SSHPublicKeyId ServerCertificateName InstanceProfileName JobId "
    "DefaultVersionId AccessKeyId Status CreateDate RegionName TrailARN EventDataStoreArn "
    "ChannelArn ImportId QueryId Id InstanceArn IdentityStoreId GroupId arn type".split()
)
NOT_SELECTED = Fault("skipped", "not_selected", "The table that needs this call was not asked for.")


class ItemWriter(Protocol):
    """Where items go: raw table, account, region, bound JSON, items as JSON texts, time."""

    def write_items(
        self, raw: str, account_id: str, region: str, bound: str, items: Sequence[str], synced_at: str
    ) -> None:
        """Take the items of one answer."""

    def delete_items(self, raw: str, account_id: str, region: str, bound: str) -> None:
        """Drop what was landed of one list."""

    def delete_call(self, raw: str, account_id: str, region: str) -> None:
        """Drop what an earlier sitting landed of a call in one account and region."""


@dataclass(frozen=True)
class CollectionPlan:
    """What a run wants of every account: its calls, parents first, and how thoroughly."""

    calls: tuple[Call, ...]
    home: str
    regions: tuple[str, ...] = ()  # those that were named; ALL for every region that an account has enabled
    sign_in: tuple[str, ...] = ()  # where else look-ups are made when none was named
    fresh: bool = False
    trust_report: bool = False
    named: frozenset[str] = frozenset()  # raw names of on-demand calls whose table was named
    of_organization: bool = False  # the calls that read the organization, not those of each account

    def regions_of(self, call: Call, enabled: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Name the regions in which a call is made; `enabled` are the account's, where all were wanted."""
        if not call.regional:
            return (self.home,)
        named = enabled if self.regions == ALL else self.regions
        return named or ((self.home, *self.sign_in) if call.operation == LOOK_UPS else (self.home,))


@dataclass
class CallResult:
    """How one trip fared in one region: status, tally, and the parents that other calls are made for."""

    call: Call
    region: str
    status: str = "ok"
    stats: CallStats = field(default_factory=CallStats)
    fault: Fault | None = None
    is_prior: bool = False  # it was not made: an earlier sitting has it


@dataclass
class CallGroup:
    """The trips of one call: how many are still to be made, and how the others fared."""

    left: int = 0
    outcomes: list[CallResult] = field(default_factory=list)


class PriorResults(Protocol):
    """What an earlier sitting has of an account."""

    def outcome(self, call: Call, region: str) -> CallResult | None:
        """Tell how a call fared in a region, where that need not be asked again."""

    def items(self, raw: str, region: str) -> list[Parent]:
        """Give the items of a raw table, each with what it was asked by."""


Parent = tuple[dict[str, Any], Any]


def skipped(call: Call, region: str) -> CallResult:
    """Say that a call was not asked for."""
    return CallResult(call, region, "skipped", fault=NOT_SELECTED)


def set_status(outcome: CallResult, good: int) -> None:
    """Turn faults into a status: all failed is the first fault's kind, some failed is partial.

    That a parent is missing (not_asked) is told only where no request of the call itself has failed.
    """
    faults = outcome.stats.faults
    if not faults:
        return
    own = [fault for fault in faults if fault.kind != NOT_ASKED] or faults
    first = next((fault for fault in own if fault.kind == "expired"), own[0])
    outcome.status, outcome.fault = "partial" if good or outcome.stats.items else status_of(first), first


def should_stop(outcome: CallResult, good: int) -> bool:
    """Tell whether asking on is in vain: out of calls, credentials gone, or failed for one parent after another."""
    kinds = [fault.kind for fault in outcome.stats.faults]
    ended = any(fault.ends for fault in outcome.stats.faults)
    return (
        ended
        or any(kind in (*ENDS, "not_applicable") for kind in kinds)
        or (not good and (kinds.count("denied") >= MAX_DENIALS or len(kinds) - kinds.count(NOT_ASKED) >= MAX_FAILURES))
    )


def request_params(call: Call, parents: Sequence[Parent]) -> Iterator[dict[str, Any]]:
    """Give the parameters of each request of a trip: one a parent and fan value."""
    for bound, item in parents:
        if call.only and not _fits(call.only, item):
            continue
        given = {name: _bound(path, bound, item) for name, path in call.bind}
        for fan in call.fan or ("{}",):
            yield given | json.loads(fan)


def _fits(only: tuple[str, ...], item: Any) -> bool:
    """Tell whether a parent is one of those that a call is made for."""
    member, *values = only
    return (item.get(member.removeprefix("-")) in values) != member.startswith("-")


def _bound(path: str, bound: dict[str, Any], item: Any) -> Any:
    """Take a parameter from a parent: `$.X` of the item, `@$.X` of what it was asked by, `[…]` as a list of one."""
    if path.startswith("["):
        return [_bound(path[1:-1], bound, item)]
    if path == "$":
        return item
    source = bound if path.startswith("@") else item
    return source[path.lstrip("@").removeprefix("$.")]


def trimmed(item: Any) -> Any:
    """Keep what other calls bind: memory holds the names of an account, not its documents."""
    return {key: item[key] for key in KEPT if key in item} if isinstance(item, dict) else item


def name_of(item: Any) -> Any:
    """Name the user, group, role or policy that an item is."""
    return (
        next((item[key] for key in ("UserName", "GroupName", "RoleName", "Arn") if key in item), item)
        if isinstance(item, dict)
        else item
    )
