"""Look up an account's events in one region: few requests if little happened, one look-up per event name otherwise.

LookupEvents takes one attribute and returns 50 events per page, at 2 requests per second. One look-up of all write events
(ReadOnly=false) covers what some thirty look-ups by name would find. It is continued as long as it is expected to need no
more pages than these look-ups would need requests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from iamsql.aws.account_client import AccountClient
from iamsql.aws.errors import Fault, RequestFailedError, coverage_status, unrequested_fault
from iamsql.aws.items import AccountItems
from iamsql.aws.paginate import collect_pages
from iamsql.aws.plan import CallResult
from iamsql.aws.timestamps import iso_time
from iamsql.runs.file.rows import EventCoverageRow, PriorWindow
from iamsql.sync.cloudtrail.lookup_plan import WRITES, LookupAttribute, LookupConfig, LookupPlan

CONCURRENCY = 4  # look-ups in progress per account and region: AWS allows 2 requests per second however many there are


@dataclass
class LookupResult:
    """The result of a look-up: a row of iamsql.event_coverage."""

    region: str
    attribute: LookupAttribute
    window: tuple[datetime, datetime]
    status: str = "ok"
    fault: Fault | None = None
    items: int = 0
    prior: PriorWindow | None = None

    def row(self, account_id: str) -> EventCoverageRow:
        """Return the row of iamsql.event_coverage."""
        start, end = (iso_time(time.timestamp()) for time in self.window)
        prior = (self.prior.run_id, iso_time(self.prior.until.timestamp())) if self.prior else (None, None)
        code = self.fault.code if self.fault else None
        status_fields = (account_id, self.region, "event_history", self.attribute.name, self.status, code)
        return EventCoverageRow(*status_fields, start, end, self.items, None, *prior)


async def lookup_events(config: LookupConfig, client: AccountClient, items: AccountItems, result: CallResult) -> None:
    """Look up the events of an account in the region of the result. The details of the result become the look-ups."""
    prior = config.prior.get(items.account_id, {}).get(result.region, {})
    lookup = EventLookup(client, items, result, config.window, prior)
    await lookup.run(config.plan_of(result.region))
    result.details = lookup.results


@dataclass
class EventLookup:
    """The look-ups of one account and region, with one common result."""

    client: AccountClient
    items: AccountItems
    result: CallResult
    window: tuple[datetime, datetime]
    prior: Mapping[str, PriorWindow] = field(default_factory=dict)
    results: list[LookupResult] = field(default_factory=list)
    write_events: frozenset[LookupAttribute] = frozenset()

    async def run(self, plan: LookupPlan) -> None:
        """Make the look-ups of a plan until more requests are useless."""
        names, self.write_events = plan.names, frozenset(plan.names)
        # Windows that an earlier run has by name are continued by name. A look-up of all write events would start anew.
        by_name = all(attribute.name in self.prior for attribute in names) and WRITES.name not in self.prior
        if plan.tries_writes and len(names) > 1 and not by_name:
            names = () if await self._look_up(WRITES, max_pages=len(names)) else names
        await self._look_up_all([*names, *plan.others])
        self.result.set_status()
        self._note_reuse()

    async def _look_up_all(self, attributes: Iterable[LookupAttribute]) -> None:
        # The workers share the iterator, so each look-up is made once.
        waiting = iter(attributes)

        async def work() -> None:
            for attribute in waiting:
                if self.result.should_stop:
                    self._skip_lookup(attribute)
                else:
                    await self._look_up(attribute)

        await asyncio.gather(*(work() for _ in range(CONCURRENCY)))

    async def _look_up(self, attribute: LookupAttribute, max_pages: int = 0) -> bool:
        """Look up one attribute; return False if it was abandoned because it needs more than `max_pages` pages."""
        start, end = self.window
        lookup = LookupResult(self.result.region, attribute, self.window, prior=self._prior_window(attribute))
        since = max(start, lookup.prior.until) if lookup.prior else start
        estimate = PageEstimate(since, end, max_pages)
        try:
            is_complete = since >= end or await self._read_pages(attribute, lookup, estimate)
        except RequestFailedError as failed:
            self.result.stats.faults.append(failed.fault)
            lookup.status, lookup.fault = "partial" if lookup.items else coverage_status(failed.fault), failed.fault
            is_complete = True
        if is_complete:
            self.results.append(lookup)
            self.result.succeeded += lookup.status == "ok"
        return is_complete

    async def _read_pages(self, attribute: LookupAttribute, lookup: LookupResult, estimate: PageEstimate) -> bool:
        """Read the pages of a look-up; return False if the estimate ended it before its last page."""
        call, window = self.result.call, {"StartTime": estimate.start, "EndTime": estimate.end}
        pages = collect_pages(self.client.send, [call], self.result, self.items, attribute.params, extra=window)
        async with aclosing(pages):
            async for page in pages:
                if page is None:
                    lookup.items = estimate.pages = 0
                    continue
                [call_items] = page.content
                lookup.items += len(call_items.items)
                estimate.pages += 1
                if not page.is_last and estimate.is_exceeded(call_items.items):
                    return False
        return True

    def _skip_lookup(self, attribute: LookupAttribute) -> None:
        """Add the result of a look-up that is not made, because its region is not enabled or other look-ups failed."""
        last = self.result.stats.faults[-1]
        fault = last if last.fault_type == "not_applicable" else unrequested_fault(self.result.call.operation, last)
        self.results.append(LookupResult(self.result.region, attribute, self.window, coverage_status(fault), fault))

    def _prior_window(self, attribute: LookupAttribute) -> PriorWindow | None:
        """Return the window of an earlier run for a look-up. A look-up of all write events covers each write event."""
        prior_windows = self.prior.get(attribute.name)
        return prior_windows or (self.prior.get(WRITES.name) if attribute in self.write_events else None)

    def _note_reuse(self) -> None:
        """Note in the coverage of the call that events of an earlier run are reused."""
        windows = [lookup.prior for lookup in self.results if lookup.prior]
        if self.result.status == "ok" and windows:
            first = min(windows, key=lambda window: window.until)
            message = f"Events until {iso_time(first.until.timestamp())} were reused from run {first.run_id}."
            self.result.fault = Fault("reused", "reused", message)


@dataclass
class PageEstimate:
    """An estimate of a look-up's pages. Events come newest first, so the time that pages cover shows how many remain."""

    start: datetime
    end: datetime
    max_pages: int  # 0: no limit
    pages: int = 0

    def is_exceeded(self, items: list[Any]) -> bool:
        """Return, after a page with these items, whether the look-up needs more than `max_pages` pages."""
        if not self.max_pages or not items:
            return False
        oldest = datetime.fromisoformat(str(items[-1]["EventTime"]).replace("Z", "+00:00"))
        # At least a second, because all events of a page may be as new as the end of the window.
        covered = max((self.end - oldest).total_seconds(), 1.0)
        return self.pages * (self.end - self.start).total_seconds() / covered > self.max_pages
