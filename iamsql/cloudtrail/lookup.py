"""Look up an account's events in one region: few requests if little happened, one look-up per event name otherwise.

LookupEvents takes one attribute and returns 50 events per page, at 2 requests per second. One look-up of all write events
(ReadOnly=false) covers what some thirty look-ups by name would find. It is continued as long as it is expected to need no
more pages than these look-ups would need requests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from iamsql.aws.account_client import AccountClient
from iamsql.aws.errors import Fault, RequestFailed, not_requested, status_of
from iamsql.aws.paginate import collect_pages
from iamsql.aws.plan import AccountItems, CallResult, set_status, should_stop
from iamsql.aws.timestamps import iso_time
from iamsql.cloudtrail.lookup_plan import WRITES, LookupAttribute, LookupPlan, LookupPlans
from iamsql.runfile.rows import EventCoverageRow, PriorWindow

CONCURRENCY = 4  # look-ups in progress per account and region: AWS allows 2 requests per second however many there are


@dataclass(frozen=True)
class LookupConfig:
    """The configuration of look-ups: plans, window, and windows of earlier runs by account, region and look-up."""

    plans: LookupPlans
    window: tuple[datetime, datetime]
    prior: dict[str, dict[str, dict[str, PriorWindow]]] = field(default_factory=dict)


@dataclass
class LookupResult:
    """The result of a look-up: a row of iamsql.event_coverage."""

    attribute: LookupAttribute
    status: str = "ok"
    fault: Fault | None = None
    start: datetime | None = None
    end: datetime | None = None
    items: int = 0
    prior: PriorWindow | None = None

    def row(self, account_id: str, region: str) -> EventCoverageRow:
        """Return the row of iamsql.event_coverage."""
        start, end = (iso_time(time.timestamp()) if time else None for time in (self.start, self.end))
        prior = (self.prior.run_id, iso_time(self.prior.until.timestamp())) if self.prior else (None, None)
        code = self.fault.code if self.fault else None
        head = (account_id, region, "look-up", self.attribute.name, self.status, code)
        return EventCoverageRow(*head, start, end, self.items, None, *prior)


class EventLookups:
    """Collects LookupEvents in every region of an account; `results` has each look-up with its region."""

    def __init__(self, config: LookupConfig, account_id: str) -> None:
        """Look up events of an account as configured."""
        self._config, self._prior = config, config.prior.get(account_id, {})
        self.results: list[tuple[str, LookupResult]] = []

    async def collect(self, client: AccountClient, target: AccountItems, result: CallResult) -> None:
        """Look up the events of the result's region."""
        config, region = self._config, result.region
        lookup = EventLookup(client, target, result, config.window, self._prior.get(region, {}))
        await lookup.run(config.plans.of(region))
        self.results.extend((region, result) for result in lookup.results)


@dataclass
class EventLookup:
    """The look-ups of one account and region, with one common result."""

    client: AccountClient
    target: AccountItems
    result: CallResult
    window: tuple[datetime, datetime]
    prior: dict[str, PriorWindow] = field(default_factory=dict)
    results: list[LookupResult] = field(default_factory=list)
    write_events: frozenset[LookupAttribute] = frozenset()

    async def run(self, plan: LookupPlan) -> None:
        """Make the look-ups of a plan until further requests are useless."""
        names, self.write_events = plan.names, frozenset(plan.names)
        # Windows that an earlier run has by name are continued by name. A look-up of all write events would start anew.
        by_name = all(attribute.name in self.prior for attribute in names) and WRITES.name not in self.prior
        if plan.tries_writes and len(names) > 1 and not by_name:
            names = () if await self._look_up(WRITES, max_pages=len(names)) else names
        await self._look_up_all([*names, *plan.others])
        set_status(self.result, self._succeeded)
        self._note_reuse()

    @property
    def _succeeded(self) -> int:
        return sum(lookup.status == "ok" for lookup in self.results)

    async def _look_up_all(self, attributes: Iterable[LookupAttribute]) -> None:
        # The workers share the iterator, so each look-up is made once.
        waiting = iter(attributes)

        async def work() -> None:
            for attribute in waiting:
                if should_stop(self.result.stats.faults, self._succeeded):
                    self._skip(attribute)
                else:
                    await self._look_up(attribute)

        await asyncio.gather(*(work() for _ in range(CONCURRENCY)))

    async def _look_up(self, attribute: LookupAttribute, max_pages: int = 0) -> bool:
        """Look up one attribute; return False if it was abandoned because it needs more than `max_pages` pages."""
        start, end = self.window
        lookup = LookupResult(attribute, start=start, end=end, prior=self._prior_window(attribute))
        since = max(start, lookup.prior.until) if lookup.prior else start
        estimate = PageEstimate(since, end, max_pages)
        try:
            is_complete = since >= end or await self._read_pages(attribute, lookup, estimate)
        except RequestFailed as failed:
            self.result.stats.faults.append(failed.fault)
            lookup.status, lookup.fault = "partial" if lookup.items else status_of(failed.fault), failed.fault
            is_complete = True
        if is_complete:
            self.results.append(lookup)
        return is_complete

    async def _read_pages(self, attribute: LookupAttribute, lookup: LookupResult, estimate: PageEstimate) -> bool:
        """Read the pages of a look-up; return False if the estimate ended it before its last page."""
        call, window = self.result.call, {"StartTime": estimate.start, "EndTime": estimate.end}
        pages = collect_pages(self.client, [call], self.result, self.target, attribute.params, **window)
        async with aclosing(pages):
            async for page in pages:
                if page is None:
                    lookup.items = estimate.pages = 0
                    continue
                [listed] = page.content
                lookup.items += len(listed.items)
                estimate.pages += 1
                if not page.is_last and estimate.is_exceeded(listed.items):
                    return False
        return True

    def _skip(self, attribute: LookupAttribute) -> None:
        """Add the result of a look-up that is not made: its region is not enabled, or other look-ups failed."""
        last = self.result.stats.faults[-1]
        fault = last if last.kind == "not_applicable" else not_requested(self.result.call.operation, last)
        self.results.append(LookupResult(attribute, status_of(fault), fault, *self.window))

    def _prior_window(self, attribute: LookupAttribute) -> PriorWindow | None:
        """Return the window of an earlier run for a look-up. A look-up of all write events covers each write event."""
        own = self.prior.get(attribute.name)
        return own or (self.prior.get(WRITES.name) if attribute in self.write_events else None)

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
