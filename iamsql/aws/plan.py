"""The collection plan of an account: its calls, their regions, their requests and their results."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from iamsql.aws.client import CallStats
from iamsql.aws.errors import FINAL_FAULT_TYPES, NOT_REQUESTED, Fault, coverage_status
from iamsql.aws.items import Parent
from iamsql.aws.partitions import build_arn, find_partition
from iamsql.model import Call

# A call without a successful request stops after this number of denials or failures. Each failure has been retried.
MAX_DENIALS, MAX_FAILURES = 3, 20
ALL_REGIONS = ("all",)
REGION_LISTS = ("ListRegions", "DescribeRegions")  # operations that list the regions of an account
# The members of items by which parents are recognized or filtered, in addition to the parameters of other calls.
IDENTIFYING_MEMBERS = frozenset(
    ("UserName", "GroupName", "RoleName", "Arn", "AccessKeyId", "Status", "CreateDate", "RegionName")
)
NOT_IN_PARTITION_FAULT = Fault("not_applicable", "not_in_partition", "The partition does not have this operation.")
NOT_SELECTED_FAULT = Fault("skipped", "not_selected", "No selected table needs this call.")


@dataclass(frozen=True)
class CollectionPlan:
    """The calls that a run makes in every account, parents first, and their regions.

    `regions`: the regions that the user named, or ALL_REGIONS for all enabled regions of an account. If the user named none, a
    regional call is made in the home region and in its `extra_regions`, which are by service:operation.
    """

    calls: tuple[Call, ...]
    home_region: str
    regions: tuple[str, ...] = ()
    extra_regions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fresh: bool = False
    trust_report: bool = False
    named_tables: frozenset[str] = frozenset()  # raw tables of the on-demand calls of tables that the user named
    of_organization: bool = False  # the calls that read the organization, not the calls of each account

    @cached_property
    def parent_members(self) -> frozenset[str]:
        """The members of items that other calls of the plan need."""
        sources = (path for call in self.calls for path in (call.region_from, *(path for _, path in call.params_from)))
        paths = (path.strip("[]") for path in sources)
        parameters = (path.removeprefix("$.") for path in paths if path.startswith("$."))
        return IDENTIFYING_MEMBERS.union(
            parameters, (call.only[0].removeprefix("-") for call in self.calls if call.only)
        )

    def regions_of(self, call: Call, enabled_regions: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return the regions of a call; () for a call whose only region is in another partition.

        `enabled` are the enabled regions of the account, which apply if the user named all regions.
        """
        if not call.regional:
            is_in_partition = not call.region or find_partition(call.region) == find_partition(self.home_region)
            return (self.home_region,) if is_in_partition else ()
        selected_regions = enabled_regions if self.regions == ALL_REGIONS else self.regions
        return selected_regions or (self.home_region, *self.extra_regions.get(f"{call.service}:{call.operation}", ()))

    def fallbacks_of(self, parent: Call) -> list[Call]:
        """Return the calls that list the same items as a parent if the parent fails."""
        return [call for call in self.calls if call.fallback_for == parent and not call.parent]

    @cached_property
    def parent_tables(self) -> frozenset[str]:
        """The raw tables with the items that other calls are made for, or with the regions of the account."""
        parents = {call.parent for call in self.calls if call.parent}
        return frozenset(
            call.raw
            for call in self.calls
            if call in parents or call.fallback_for in parents or call.operation in REGION_LISTS
        )


@dataclass
class CallResult:
    """The result of a call in one region: status, counts and the fault that explains the status."""

    call: Call
    region: str
    status: str = "ok"
    stats: CallStats = field(default_factory=CallStats)
    fault: Fault | None = None
    succeeded: int = 0  # lists that were read completely
    # Items that other calls are made for, by raw table.
    parents: dict[str, list[Parent]] = field(default_factory=dict)
    details: Sequence[Any] = ()  # what the call's strategy records, such as its look-ups
    is_prior: bool = False  # from an earlier session of this run: not requested again

    @property
    def should_stop(self) -> bool:
        """Return whether more requests would fail: no credentials, calls or region remain, or too many requests failed."""
        fault_types = [fault.fault_type for fault in self.stats.faults]
        if any(fault.ends for fault in self.stats.faults) or not {*FINAL_FAULT_TYPES, "not_applicable"}.isdisjoint(
            fault_types
        ):
            return True
        failures = len(fault_types) - fault_types.count(NOT_REQUESTED)
        # A denial by a resource's own policy does not show whether the other resources deny the request.
        denials = MAX_FAILURES if self.call.empty_item else MAX_DENIALS
        return not self.succeeded and (fault_types.count("denied") >= denials or failures >= MAX_FAILURES)

    def set_status(self) -> None:
        """Set status and fault from the faults: `partial` if some requests succeeded, otherwise the kind of the first fault.

        A missing parent (not_requested) determines the status only if no request of the call itself failed.
        """
        if faults := self.stats.faults:
            call_faults = [fault for fault in faults if fault.fault_type != NOT_REQUESTED] or faults
            # Expired credentials explain the other failures, regardless of their order.
            self.fault = next((fault for fault in call_faults if fault.fault_type == "expired"), call_faults[0])
            self.status = "partial" if self.succeeded or self.stats.items else coverage_status(self.fault)


class PriorResults(Protocol):
    """What an earlier session has collected of an account."""

    def result(self, call: Call, region: str) -> CallResult | None:
        """Return the result of a call in a region; None if the call has to be made again."""

    def items(self, raw: str, region: str) -> list[Parent]:
        """Return the items of a raw table."""


def call_depth(call: Call) -> int:
    """Return the number of calls above a call: 0 for a call without a parent."""
    return 1 + call_depth(call.parent) if call.parent else 0


def count_requests(
    call: Call, parents: Sequence[Parent], region: str, account_id: str
) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the parameters and the region of each request of a call: one per parent and variant.

    `region` is the region of requests without a region from `region_from` of the call.
    """
    for parent in parents:
        if call.only and not _meets_condition(call.only, parent.item):
            continue
        params = {
            name: build_arn(path, region, account_id, parent.item)
            if path.startswith("arn:")
            else _parameter_value(path, parent)
            for name, path in call.params_from
        }
        target_region = parent.item.get(call.region_from.removeprefix("$.")) if call.region_from else None
        for variant in call.variants or ("{}",):
            yield params | json.loads(variant), target_region or call.region or region


def _meets_condition(condition: tuple[str, ...], item: Any) -> bool:
    """Return whether a call is made for a parent: its member has one of the values ('-' before the member: none of them)."""
    member, *values = condition
    return (item.get(member.removeprefix("-")) in values) != member.startswith("-")


def _parameter_value(path: str, parent: Parent) -> Any:
    """Return a parameter: `$.X` of the parent's item, `@$.X` of the request that listed it, `[…]` as a list of one."""
    if path.startswith("["):
        return [_parameter_value(path[1:-1], parent)]
    if path == "$":
        return parent.item
    source = parent.params if path.startswith("@") else parent.item
    return source[path.lstrip("@").removeprefix("$.")]
