"""The collection plan of an account, the results of its calls, and the destination of their items."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from iamsql.aws.client import CallStats
from iamsql.aws.errors import FINAL_KINDS, NOT_REQUESTED, Fault, status_of
from iamsql.aws.timestamps import iso_time
from iamsql.model import Call

# A call whose requests all failed stops after this number of denials or failures. Each failure has been retried.
MAX_DENIALS, MAX_FAILURES = 3, 20
ALL_REGIONS = ("all",)
# The members of items that supply the parameters of other calls.
BOUND_MEMBERS = frozenset(
    "UserName GroupName RoleName Arn SSHPublicKeyId ServerCertificateName InstanceProfileName JobId "
    "DefaultVersionId AccessKeyId Status CreateDate RegionName TrailARN EventDataStoreArn "
    "ChannelArn ImportId QueryId Id InstanceArn IdentityStoreId GroupId arn type".split()
)
NOT_SELECTED = Fault("skipped", "not_selected", "No selected table needs this call.")


class ItemWriter(Protocol):
    """Writes items, as JSON texts, to raw tables; `bound` are the parameters of their request as JSON."""

    def write_items(
        self, raw: str, account_id: str, region: str, bound: str, items: Sequence[str], synced_at: str
    ) -> None:
        """Write the items of one response."""

    def delete_items(self, raw: str, account_id: str, region: str, bound: str) -> None:
        """Delete the items of one list."""

    def delete_call(self, raw: str, account_id: str, region: str) -> None:
        """Delete the items of a call in one account and region."""


@dataclass(frozen=True)
class AccountItems:
    """The items of one account in the raw tables. With `region`, the items of all regions are written under that region."""

    writer: ItemWriter
    account_id: str
    region: str | None = None

    def write(self, raw: str, region: str, bound: str, items: Sequence[str]) -> None:
        """Write the items of one response, with the present time."""
        now = iso_time(time.time())
        self.writer.write_items(raw, self.account_id, self.region or region, bound, items, now)

    def delete_list(self, raw: str, region: str, bound: str) -> None:
        """Delete the items of one list."""
        self.writer.delete_items(raw, self.account_id, self.region or region, bound)

    def delete_call(self, raw: str, region: str) -> None:
        """Delete the items of a call."""
        self.writer.delete_call(raw, self.account_id, self.region or region)


@dataclass(frozen=True)
class CollectionPlan:
    """The calls that a run makes in every account, parents first, and in which regions.

    `regions` are those that the user named, or ALL_REGIONS for every region that an account has enabled. If none was
    named, a regional call is made in the home region and in its `extra_regions`, by service:operation.
    """

    calls: tuple[Call, ...]
    home: str
    regions: tuple[str, ...] = ()
    extra_regions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fresh: bool = False
    trust_report: bool = False
    named: frozenset[str] = frozenset()  # raw tables of on-demand calls whose table the user named
    of_organization: bool = False  # the calls that read the organization, not those of each account

    def regions_of(self, call: Call, enabled: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return the regions of a call; `enabled` are the account's, in case the user named all."""
        if not call.regional:
            return (self.home,)
        named = enabled if self.regions == ALL_REGIONS else self.regions
        return named or (self.home, *self.extra_regions.get(f"{call.service}:{call.operation}", ()))


@dataclass
class CallResult:
    """The result of a call in one region: status, counts and the fault that explains the status."""

    call: Call
    region: str
    status: str = "ok"
    stats: CallStats = field(default_factory=CallStats)
    fault: Fault | None = None
    is_prior: bool = False  # from an earlier session of this run: not requested again


class Parent(NamedTuple):
    """An item that further calls are made for, with the parameters of the request that listed it."""

    params: dict[str, Any]
    item: Any


class PriorResults(Protocol):
    """What an earlier session has collected of an account."""

    def result(self, call: Call, region: str) -> CallResult | None:
        """Return the result of a call in a region; None if the call has to be made again."""

    def items(self, raw: str, region: str) -> list[Parent]:
        """Return the items of a raw table."""


def set_status(result: CallResult, succeeded: int) -> None:
    """Set status and fault from the faults: `partial` if some requests succeeded, else the kind of the first fault.

    A missing parent (not_requested) determines the status only if no request of the call itself failed.
    """
    faults = result.stats.faults
    if not faults:
        return
    own = [fault for fault in faults if fault.kind != NOT_REQUESTED] or faults
    # Expired credentials explain the other failures, whatever their order.
    first = next((fault for fault in own if fault.kind == "expired"), own[0])
    result.status, result.fault = "partial" if succeeded or result.stats.items else status_of(first), first


def should_stop(faults: Sequence[Fault], succeeded: int) -> bool:
    """Return whether further requests of a call would fail: no credentials, calls or region are left, or too many failed."""
    kinds = [fault.kind for fault in faults]
    if any(fault.ends for fault in faults) or any(kind in (*FINAL_KINDS, "not_applicable") for kind in kinds):
        return True
    failures = len(kinds) - kinds.count(NOT_REQUESTED)
    return not succeeded and (kinds.count("denied") >= MAX_DENIALS or failures >= MAX_FAILURES)


def request_params(call: Call, parents: Sequence[Parent]) -> Iterator[dict[str, Any]]:
    """Yield the parameters of each request of a call: one per parent and variant."""
    for parent in parents:
        if call.only and not _matches(call.only, parent.item):
            continue
        params = {name: _parameter(path, parent) for name, path in call.params_from}
        for variant in call.variants or ("{}",):
            yield params | json.loads(variant)


def _matches(condition: tuple[str, ...], item: Any) -> bool:
    """Return whether a call is made for a parent: its member has one of the values ('-' before the member: none of them)."""
    member, *values = condition
    return (item.get(member.removeprefix("-")) in values) != member.startswith("-")


def _parameter(path: str, parent: Parent) -> Any:
    """Return a parameter: `$.X` of the parent's item, `@$.X` of the request that listed it, `[…]` as a list of one."""
    if path.startswith("["):
        return [_parameter(path[1:-1], parent)]
    if path == "$":
        return parent.item
    source = parent.params if path.startswith("@") else parent.item
    return source[path.lstrip("@").removeprefix("$.")]


def bound_members(item: Any) -> Any:
    """Return the members of an item that other calls need, so that memory holds names and not documents."""
    return {key: item[key] for key in BOUND_MEMBERS if key in item} if isinstance(item, dict) else item


def name_of(item: Any) -> Any:
    """Return the name of a user, group or role, or the ARN of a policy; an item without one is its own name."""
    if not isinstance(item, dict):
        return item
    return next((item[key] for key in ("UserName", "GroupName", "RoleName", "Arn") if key in item), item)
