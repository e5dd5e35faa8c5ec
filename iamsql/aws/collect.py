"""Collect one account: each call is a task that waits for its parents; items are written as they arrive."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from iamsql.aws.account_client import AccountClient
from iamsql.aws.client import ignore_exception
from iamsql.aws.credential_report import GENERATE, REPORT, credential_report
from iamsql.aws.errors import Fault, RequestFailed, not_requested
from iamsql.aws.paginate import collect_pages
from iamsql.aws.parent_filters import FILTERS, key_slots
from iamsql.aws.parents import REGIONS, Parents
from iamsql.aws.plan import (
    ALL_REGIONS,
    NOT_SELECTED,
    AccountItems,
    CallResult,
    CollectionPlan,
    Parent,
    PriorResults,
    bound_members,
    request_params,
    set_status,
    should_stop,
)
from iamsql.canonical_json import canonical_json
from iamsql.model import Call

CONCURRENCY = 10  # requests of one call in one account that are in progress at once
Results = list[CallResult]


class Strategy(Protocol):
    """Collects a call whose requests are not one per parent, such as LookupEvents."""

    async def collect(self, client: AccountClient, target: AccountItems, result: CallResult) -> None:
        """Make the requests of a call in one region, write the items, and set the result."""


@dataclass
class _CallGroup:
    """Calls that share their requests, and the number of parents that a filter left out."""

    calls: list[Call]
    skipped_parents: int = 0

    @property
    def is_slow(self) -> bool:
        return self.calls[0].regional or self.calls[0].operation == REPORT


class Collector:
    """Makes the calls of a plan in one account."""

    def __init__(
        self,
        client: AccountClient,
        plan: CollectionPlan,
        target: AccountItems,
        prior: PriorResults | None = None,
        strategies: Mapping[str, Strategy] | None = None,
    ) -> None:
        """Group the calls by their requests. `strategies` collect operations by name; the results of `prior` are reused."""
        self._client, self._plan, self._target = client, plan, target
        self._strategies = strategies or {}
        self._groups: dict[tuple[Any, ...], _CallGroup] = {}
        for call in plan.calls:
            if call.org == plan.of_organization and not call.implicit:
                self._groups.setdefault(call.request_key, _CallGroup([])).calls.append(call)
        self._tasks: dict[tuple[Any, ...], asyncio.Future[Results]] = {}
        self._global: list[asyncio.Future[Results]] = []
        self._regional: list[asyncio.Future[Results]] = []
        self._parents = Parents(plan, prior)
        self._report_results: Results = []  # of GenerateCredentialReport, which no table declares

    @property
    def is_global_done(self) -> bool:
        """Return whether all calls but the regional ones, such as slow look-ups of events, have finished."""
        return all(task.done() for task in self._global)

    async def run(self) -> AsyncIterator[Results]:
        """Make all calls, and yield the results of each operation when its last call has finished."""
        by_operation: dict[tuple[str, str], list[asyncio.Future[Results]]] = {}
        # Regional calls and the credential report take longest and therefore start first. No task runs before all of them
        # are created, so each finds the tasks of its parents, whatever the order.
        for group in sorted(self._groups.values(), key=lambda group: group.is_slow, reverse=True):
            call = group.calls[0]
            task = ignore_exception(asyncio.create_task(self._collect(group)))
            self._tasks[call.request_key] = task
            by_operation.setdefault((call.service, call.operation), []).append(task)
            (self._regional if call.regional else self._global).append(task)
        finished = [ignore_exception(asyncio.gather(*tasks)) for tasks in by_operation.values()]
        for operation in asyncio.as_completed(finished):
            results = [result for results in await operation for result in results]
            is_report = any(result.call.operation == REPORT for result in results)
            yield [*results, *(self._report_results if is_report else ())]

    def results(self) -> Results:
        """Return the results of all calls: global calls first. Call this after `run`."""
        return [
            *self._report_results,
            *(result for task in (*self._global, *self._regional) for result in task.result()),
        ]

    def set_result(self, result: CallResult, parents: list[Parent]) -> None:
        """Set the result of a call that was made elsewhere, with its items as parents of calls that are made here."""
        task: asyncio.Future[Results] = asyncio.get_running_loop().create_future()
        task.set_result([result])
        self._tasks[result.call.request_key] = task
        self._parents.add(result.call.raw, result.region, parents)

    async def _collect(self, group: _CallGroup) -> Results:
        """Make the calls of a group in each of their regions, or return why they are skipped."""
        calls, call, plan = group.calls, group.calls[0], self._plan
        needed = not call.fallback_for
        # A call that the user excluded, or that does not apply, is complete without its fallback.
        for main in filter(None, (call.fallback_for, call.also_for)):
            needed |= await self._status(main) not in ("ok", "skipped", "not_applicable")
        wanted = needed or (call.fresh and plan.fresh)
        if (call.on_demand and call.raw not in plan.named) or not (wanted or call.parent_filter):
            self._parents.discard(calls, plan.home, self._target)
            return [CallResult(call, plan.home, "skipped", fault=NOT_SELECTED)]
        regions = plan.regions_of(call, await self._enabled_regions() if call.regional else ())
        # Filters read the credential report. If the report failed, its fallback is made for every parent.
        is_filtered = bool(call.parent_filter) and not (needed and call.fallback_for) and not plan.fresh
        return list(await asyncio.gather(*(self._collect_region(group, region, is_filtered) for region in regions)))

    async def _enabled_regions(self) -> tuple[str, ...]:
        """Return the regions that the account has enabled, if the user named all; the default ones if AWS lists none."""
        if self._plan.regions != ALL_REGIONS:
            return ()
        listing = [call for call in self._plan.calls if call.operation in REGIONS]
        for call in listing:
            await self._status(call)
        items = [parent.item for call in listing for parent in self._parents.items(call.raw, self._plan.home)]
        defaults = (self._plan.home, *(region for regions in self._plan.extra_regions.values() for region in regions))
        return tuple(dict.fromkeys(item["RegionName"] for item in items)) or defaults

    async def _status(self, call: Call) -> str:
        """Wait for a call; return its status in all regions that the account has enabled, or skipped outside the plan."""
        task = self._tasks.get(call.request_key)
        statuses = {result.status for result in await task} if task else {"skipped"}
        statuses = (statuses - {"not_applicable"}) or statuses
        return statuses.pop() if len(statuses) == 1 else "partial"

    async def _parents_of(self, group: _CallGroup, region: str, is_filtered: bool) -> Sequence[Parent]:
        """Return the parents of a call, listed by its parent call or by that call's fallbacks, and filtered."""
        call = group.calls[0]
        parent = call.parent or call
        parents = self._parents.of(parent, region, await self._status(parent) == "ok")
        # The documentation and observed reports differ on inactive keys, so only --trust-report finds users with keys by them.
        if not is_filtered or (call.parent_filter == "users_with_keys" and not self._plan.trust_report):
            return parents
        report = next((call for call in self._plan.calls if call.operation == REPORT), None)
        if report is None or await self._status(report) != "ok":
            return parents
        selected = FILTERS[call.parent_filter]([parent.item for parent in parents], self._parents.slots)
        texts = {json.dumps(item) for item in selected}  # items are dicts, which a set cannot contain
        chosen = [parent for parent in parents if json.dumps(parent.item) in texts]
        group.skipped_parents = len(parents) - len(chosen)
        return chosen

    async def _missing_parents(self, call: Call, region: str) -> Fault | None:
        """Return why parents are missing; None if the call that lists them, or a fallback of that call, is complete."""
        if not call.parent:
            return None
        parent, fault = call.parent, NOT_SELECTED
        listing = [parent, *(other for other in self._plan.calls if other.fallback_for == parent and not other.parent)]
        for source in listing:
            task = self._tasks.get(source.request_key)
            results = await task if task else []
            result = next((result for result in results if result.region == region), results[0] if results else None)
            # A region that is not enabled has no parents. A fallback that does not apply has not listed them.
            if result and result.status in (("ok", "not_applicable") if source == parent else ("ok",)):
                return None
            fault = result.fault if result and result.fault else NOT_SELECTED
        return not_requested(listing[-1].operation, fault)

    async def _collect_region(self, group: _CallGroup, region: str, is_filtered: bool) -> CallResult:
        """Make the requests of a call for each parent and variant, CONCURRENCY at once; stop when the rest would fail too."""
        calls, call = group.calls, group.calls[0]
        if restored := self._parents.restore(calls, region):
            self._report_results.extend(restored[1:])
            return restored[0]
        self._parents.discard(calls, region, self._target)
        result = CallResult(call, region)
        if call.operation == REPORT:
            await self._collect_report(result)
            return result
        if strategy := self._strategies.get(f"{call.service}:{call.operation}"):
            await strategy.collect(self._client, self._target, result)
            return result
        if missing := await self._missing_parents(call, region):
            result.stats.faults.append(missing)
        parents = await self._parents_of(group, region, is_filtered) if call.parent else [Parent({}, None)]
        requests = request_params(call, parents)
        workers = min(CONCURRENCY, max(1, len(parents) * max(1, len(call.variants))))
        succeeded = [0]  # a list, because the workers share the count as they share the iterator of requests
        await asyncio.gather(*(self._request_lists(calls, result, requests, succeeded) for _ in range(workers)))
        set_status(result, succeeded[0])
        if call.parent_filter == "users_with_keys" and group.skipped_parents and result.status == "ok":
            count = f"{len(parents)} of {len(parents) + group.skipped_parents}"
            message = f"keys listed for {count} users, by the credential report"
            result.status, result.fault = "partial", Fault("partial", "trust_report", message)
        return result

    async def _request_lists(
        self, calls: list[Call], result: CallResult, requests: Iterator[dict[str, Any]], succeeded: list[int]
    ) -> None:
        """Request one list after the other, and keep the items that are parents of other calls."""
        for params in requests:
            if should_stop(result.stats.faults, succeeded[0]):
                return
            children: dict[str, list[Parent]] = {}
            try:
                async for page in collect_pages(self._client, calls, result, self._target, params):
                    if page is None:
                        children.clear()
                    for call, items, _ in page.content if page else ():
                        if call.raw in self._parents.raw_tables:
                            parents = children.setdefault(call.raw, [])
                            parents.extend(Parent(params, bound_members(item)) for item in items)
                succeeded[0] += 1
            except RequestFailed as failed:
                if failed.fault.kind == "absent":  # the parent has none, or was deleted after it was listed
                    succeeded[0] += 1
                else:
                    result.stats.faults.append(failed.fault)
            for raw, parents in children.items():
                self._parents.add(raw, result.region, parents)

    async def _collect_report(self, result: CallResult) -> None:
        """Collect the credential report; GenerateCredentialReport has a result of its own."""
        generated = CallResult(Call(result.call.service, GENERATE), result.region)
        self._report_results.append(generated)
        try:
            rows = await credential_report(self._client, generated, result)
        except RequestFailed as failed:
            result.stats.faults.append(failed.fault)
        else:
            self._parents.slots = key_slots(rows)
            result.stats.items = len(rows)
            self._target.write(result.call.raw, result.region, "{}", [canonical_json(row) for row in rows])
        set_status(result, 0)
        set_status(generated, 0)
