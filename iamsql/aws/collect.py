"""Collect one account: each call is a task that waits for its parents; items are written as they arrive."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping
from dataclasses import replace
from typing import Any

from iamsql.aws.account_client import AccountClient
from iamsql.aws.client import ignore_exception
from iamsql.aws.credential_report import GENERATE_OPERATION, REPORT_OPERATION, fetch_credential_report
from iamsql.aws.errors import Fault, RequestFailedError, unrequested_fault
from iamsql.aws.items import AccountItems, Parent, item_name, without_parent
from iamsql.aws.paginate import collect_pages
from iamsql.aws.parent_filters import PARENT_FILTERS, KeySlots, key_slots
from iamsql.aws.plan import (
    ALL_REGIONS,
    NOT_IN_PARTITION_FAULT,
    NOT_SELECTED_FAULT,
    REGION_LISTS,
    CallResult,
    CollectionPlan,
    PriorResults,
    count_requests,
)
from iamsql.canonical_json import canonical_json
from iamsql.model import Call

MAX_CONCURRENT_REQUESTS = 10  # requests of one call in one account that are in progress at once
Results = list[CallResult]
# Collects a call that does not have one request per parent, such as LookupEvents, in the region of the result.
Strategy = Callable[[AccountClient, AccountItems, CallResult], Awaitable[None]]


class Collector:
    """Makes the calls of a plan in one account."""

    def __init__(
        self,
        client: AccountClient,
        plan: CollectionPlan,
        items: AccountItems,
        prior: PriorResults | None = None,
        strategies: Mapping[str, Strategy] | None = None,
    ) -> None:
        """Group the calls by their requests. `strategies` collect operations by name; the results of `prior` are reused."""
        self._client, self._plan, self._items, self._prior = client, plan, items, prior
        self._strategies = strategies or {}
        self._groups: dict[tuple[Any, ...], list[Call]] = {}  # the calls that share their requests, by request key
        calls = [call for call in plan.calls if call.org == plan.of_organization and not call.implicit]
        # The credential report and regional calls take longest and therefore start first.
        for call in sorted(calls, key=lambda call: (call.operation != REPORT_OPERATION, not call.regional)):
            self._groups.setdefault(call.request_key, []).append(call)
        self._tasks: dict[tuple[Any, ...], asyncio.Future[Results]] = {}
        self._new_results: dict[tuple[tuple[Any, ...], str], CallResult] = {}  # by request key and region
        self._slots: KeySlots = {}  # the access key slots of the credential report

    async def run(self) -> AsyncIterator[Results]:
        """Make all calls, and yield the results of each operation when its last call has finished."""
        by_operation: dict[tuple[str, str], list[asyncio.Future[Results]]] = {}
        # No task runs before all of them are created, so each finds the tasks of its parents, regardless of the order.
        for key, calls in self._groups.items():
            task = self._tasks[key] = ignore_exception(asyncio.create_task(self._collect_calls(calls)))
            by_operation.setdefault((calls[0].service, calls[0].operation), []).append(task)
        operation_tasks = [ignore_exception(asyncio.gather(*tasks)) for tasks in by_operation.values()]
        for operation in asyncio.as_completed(operation_tasks):
            yield [result for results in await operation for result in results]

    def results(self) -> Results:
        """Return the results of all calls: global calls first. Call this after `run`."""
        keys = sorted(self._groups, key=lambda key: self._groups[key][0].regional)
        return [result for key in keys for result in self._tasks[key].result()]

    def set_results(self, call: Call, results: Coroutine[Any, Any, Results]) -> None:
        """Set the results of a call that is made elsewhere. Its items are parents of calls that are made here."""
        self._tasks[call.request_key] = ignore_exception(asyncio.create_task(results))

    async def _collect_calls(self, calls: list[Call]) -> Results:
        """Make calls that share their requests, in each of their regions. Return their results, or why they are skipped."""
        call, plan = calls[0], self._plan
        is_needed = not call.fallback_for
        # A call that the user excluded, or that does not apply, is complete without its fallback.
        for main_call in filter(None, (call.fallback_for, call.also_for)):
            is_needed |= await self._wait_for_status(main_call) not in ("ok", "skipped", "not_applicable")
        is_requested = is_needed or (call.fresh and plan.fresh)
        if (call.on_demand and call.raw not in plan.named_tables) or not (is_requested or call.parent_filter):
            self._delete_prior(calls, plan.home_region)
            return [CallResult(call, plan.home_region, "skipped", fault=NOT_SELECTED_FAULT)]
        regions = plan.regions_of(call, await self._enabled_regions() if call.regional else ())
        if not call.regional and not regions:
            return [CallResult(call, plan.home_region, "not_applicable", fault=NOT_IN_PARTITION_FAULT)]
        # Filters read the credential report. If the report failed, its fallback is made for every parent.
        is_filtered = bool(call.parent_filter) and not (is_needed and call.fallback_for) and not plan.fresh
        # The documentation and observed reports differ on inactive keys, so only `trust_report` finds users with keys by them.
        is_filtered &= call.parent_filter != "users_with_keys" or plan.trust_report
        region_results = await asyncio.gather(*(self._collect_region(calls, region, is_filtered) for region in regions))
        return [result for results in region_results for result in results]

    async def _collect_region(self, calls: list[Call], region: str, is_filtered: bool) -> Results:
        """Make the requests of a call for each parent and variant, MAX_CONCURRENT_REQUESTS at once, and return its results."""
        if self._prior and (restored_results := self._restore_results(calls, region, self._prior)):
            return restored_results
        call = calls[0]
        result = self._new_results[call.request_key, region] = CallResult(call, region)
        if call.operation == REPORT_OPERATION:
            return await self._collect_report(result)
        if strategy := self._strategies.get(f"{call.service}:{call.operation}"):
            await strategy(self._client, self._items, result)
            return [result]
        all_parents = without_parent(self._items.account_id)
        if call.parent:
            all_parents, missing_fault = await self._parents_of(call.parent, region)
            result.stats.faults += [missing_fault] if missing_fault else []
        parents = await self._filter_parents(call, all_parents) if is_filtered else all_parents
        requests = count_requests(call, parents, region, self._items.account_id)
        workers = min(MAX_CONCURRENT_REQUESTS, max(1, len(parents) * max(1, len(call.variants))))
        await asyncio.gather(*(self._request_lists(calls, result, requests) for _ in range(workers)))
        result.set_status()
        if call.parent_filter == "users_with_keys" and len(parents) < len(all_parents) and result.status == "ok":
            message = f"keys listed for {len(parents)} of {len(all_parents)} users, by the credential report"
            result.status, result.fault = "partial", Fault("partial", "trust_report", message)
        return [result]

    async def _request_lists(
        self, calls: list[Call], result: CallResult, requests: Iterator[tuple[dict[str, Any], str]]
    ) -> None:
        """Request one list after another, until the remaining requests would fail as well."""
        for params, region in requests:
            if result.should_stop:
                return
            try:
                async for _ in collect_pages(self._client.send, calls, result, self._items, params, region):
                    pass  # the items have been written
                result.succeeded += 1
            except RequestFailedError as failed:
                fault = failed.fault
                if fault.fault_type == "absent":  # the parent has none, or was deleted after it was listed
                    result.succeeded += 1
                    self._write_empty(calls, result, params)
                else:
                    is_elsewhere = fault.fault_type == "not_applicable" and region != result.region
                    result.stats.faults.append(replace(fault, fault_type="error") if is_elsewhere else fault)

    def _write_empty(self, calls: list[Call], result: CallResult, params: dict[str, Any]) -> None:
        """Write an item `{}` for each call with `empty_item`: AWS has responded that the parent has no data.

        Without the item, the raw table would not show that the request was made.
        """
        for call in calls:
            if call.empty_item:
                self._items.write(call.raw, result.region, canonical_json(params), ["{}"])

    async def _parents_of(self, listing_call: Call, region: str) -> tuple[list[Parent], Fault | None]:
        """Return the distinct items of the call that lists parents, and the fault if the list is incomplete.

        The fallbacks of an incomplete call add the items that it has not listed. One complete fallback completes the list.
        """
        result = await self._wait_for_result(listing_call, region)
        parents = {json.dumps(parent): parent for parent in result.parents.get(listing_call.raw, ())}
        if result.status in ("ok", "not_applicable"):  # a region that is not enabled has no parents
            return list(parents.values()), None
        is_complete, source = False, listing_call
        for source in self._plan.fallbacks_of(listing_call):
            result = await self._wait_for_result(source, region)
            is_complete |= result.status == "ok"
            names = {item_name(parent.item) for parent in parents.values()}
            fallback_items = result.parents.get(source.raw, ())
            parents |= {json.dumps(parent): parent for parent in fallback_items if item_name(parent.item) not in names}
        fault = None if is_complete else unrequested_fault(source.operation, result.fault or NOT_SELECTED_FAULT)
        return list(parents.values()), fault

    async def _filter_parents(self, call: Call, parents: list[Parent]) -> list[Parent]:
        """Return the parents whose data is not in the credential report; all parents without a report."""
        report = next((call for call in self._plan.calls if call.operation == REPORT_OPERATION), None)
        if report is None or await self._wait_for_status(report) != "ok":
            return parents
        selected_items = PARENT_FILTERS[call.parent_filter]([parent.item for parent in parents], self._slots)
        texts = {json.dumps(item) for item in selected_items}  # items are dicts, which a set cannot contain
        return [parent for parent in parents if json.dumps(parent.item) in texts]

    async def _collect_report(self, result: CallResult) -> Results:
        """Collect the credential report; GenerateCredentialReport, which no table declares, has a result of its own."""
        generate_result = CallResult(Call(result.call.service, GENERATE_OPERATION), result.region)
        try:
            rows = await fetch_credential_report(self._client, generate_result, result)
        except RequestFailedError as failed:
            result.stats.faults.append(failed.fault)
        else:
            self._slots = key_slots(rows)
            result.stats.items = len(rows)
            self._items.write(result.call.raw, result.region, "{}", [canonical_json(row) for row in rows])
        for call_result in (generate_result, result):
            call_result.set_status()
        return [generate_result, result]

    async def _enabled_regions(self) -> tuple[str, ...]:
        """Return the regions that the account has enabled, if the user named all; the default regions if AWS lists none."""
        plan, names = self._plan, dict[str, None]()
        if plan.regions != ALL_REGIONS:
            return ()
        for call in (call for call in plan.calls if call.operation in REGION_LISTS):
            result = await self._wait_for_result(call, plan.home_region)
            names |= dict.fromkeys(parent.item["RegionName"] for parent in result.parents.get(call.raw, ()))
        defaults = (plan.home_region, *(region for regions in plan.extra_regions.values() for region in regions))
        return tuple(names) or defaults

    async def _wait_for_result(self, call: Call, region: str) -> CallResult:
        """Wait for a call, and return its result in a region; a call outside the plan is skipped."""
        task = self._tasks.get(call.request_key)
        results = await task if task else [CallResult(call, region, "skipped", fault=NOT_SELECTED_FAULT)]
        # A skipped call has one result for all regions.
        return next((result for result in results if result.region == region), results[0])

    async def _wait_for_status(self, call: Call) -> str:
        """Wait for a call; return its status in all regions that the account has enabled, or skipped outside the plan."""
        task = self._tasks.get(call.request_key)
        results = [result for result in await task if result.call.operation == call.operation] if task else []
        statuses = {result.status for result in results} or {"skipped"}
        statuses = (statuses - {"not_applicable"}) or statuses
        return statuses.pop() if len(statuses) == 1 else "partial"

    # -- results of an earlier session -----------------------------------------------------------------------------------

    def _restore_results(self, calls: list[Call], region: str, prior: PriorResults) -> Results:
        """Return the results of calls from an earlier session, with their items as parents.

        Return [] if the calls must be made again, for example because their parents were listed again.
        """
        call, result = calls[0], prior.result(calls[0], region)
        parent_calls = [call.parent, *self._plan.fallbacks_of(call.parent)] if call.parent else []
        new_lists = ((self._new_results.get((parent.request_key, region)), parent.raw) for parent in parent_calls)
        if result is None or any(new and raw in new.parents for new, raw in new_lists):
            self._delete_prior(calls, region)
            return []
        for raw in (stored_call.raw for stored_call in calls if stored_call.raw in self._plan.parent_tables):
            items = prior.items(raw, region)
            result.parents[raw] = [self._items.parent(params, item) for params, item in items]
        if call.operation != REPORT_OPERATION:
            return [result]
        self._slots = key_slots([item for _, item in prior.items(call.raw, region)])
        generate_result = prior.result(Call(call.service, GENERATE_OPERATION), region)
        return [*([generate_result] if generate_result else []), result]

    def _delete_prior(self, calls: list[Call], region: str) -> None:
        """Delete the items of an earlier session of calls that are made again, or that no table needs any more."""
        for call in calls:
            if self._prior and self._prior.result(call, region):
                self._items.delete(call.raw, region)
