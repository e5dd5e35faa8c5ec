"""Look up an account's events in one region: few requests where little happened, name by name where much did.

LookupEvents takes one attribute, gives 50 events a page and 2 pages a second. One look-up of all that writes
(ReadOnly=false) holds what some thirty look-ups by name would find, and more; it is taken as long as it needs no more pages
than those would need requests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from iamsql.aws.errors import ENDS, Fault, RequestFailed, not_asked, status_of
from iamsql.aws.paginate import AccountClient
from iamsql.aws.plan import CallResult, set_status
from iamsql.aws.sessions import iso
from iamsql.model import Call

AT_ONCE = 4  # look-ups under way for one account and region: the pace is 2 requests a second whatever their number
GIVE_UP = 3


@dataclass(frozen=True)
class LookupAttribute:
    """One look-up: an attribute and its value."""

    key: str
    value: str

    @property
    def name(self) -> str:
        """Name it as iamsql.event_coverage does."""
        return f"{self.key}={self.value}"

    @property
    def bound(self) -> dict[str, Any]:
        """Give the parameters that ask for it."""
        return {"LookupAttributes": [{"AttributeKey": self.key, "AttributeValue": self.value}]}


WRITES = LookupAttribute("ReadOnly", "false")
ROOT = LookupAttribute("Username", "root")


@dataclass(frozen=True)
class PriorWindow:
    """What an earlier run has of a look-up: all events until then."""

    until: datetime
    run_id: str
    look_up: str


@dataclass(frozen=True)
class LookupPlan:
    """What to look up in a region: `names` that all write, `others` besides; `thrifty` tries WRITES for the names first."""

    names: tuple[LookupAttribute, ...] = ()
    others: tuple[LookupAttribute, ...] = ()
    thrifty: bool = False


@dataclass(frozen=True)
class LookupConfig:
    """How look-ups are made: the agenda of a region, the window, and what an earlier run has by region and look-up."""

    agenda: Callable[[str], LookupPlan]
    window: tuple[datetime, datetime]
    spans: dict[str, dict[str, PriorWindow]] = field(default_factory=dict)


@dataclass
class LookupResult:
    """How one look-up fared: becomes a row of iamsql.event_coverage."""

    attribute: LookupAttribute
    status: str = "ok"
    fault: Fault | None = None
    start: datetime | None = None
    end: datetime | None = None
    items: int = 0
    prior: PriorWindow | None = None


@dataclass
class EventLookup:
    """Looks up the events of one account in one region, into one outcome."""

    lister: AccountClient
    call: Call
    outcome: CallResult
    window: tuple[datetime, datetime]
    spans: dict[str, PriorWindow] = field(default_factory=dict)
    looked: list[LookupResult] = field(default_factory=list)
    writing: frozenset[LookupAttribute] = frozenset()

    async def run(self, agenda: LookupPlan) -> None:
        """Look everything up, or until it is in vain."""
        names, self.writing = agenda.names, frozenset(agenda.names)
        by_name = all(one.name in self.spans for one in names) and WRITES.name not in self.spans
        if agenda.thrifty and len(names) > 1 and not by_name:
            names = () if await self._one(WRITES, len(names)) else names
        await self._all([*names, *agenda.others])
        good = sum(one.status == "ok" for one in self.looked)
        set_status(self.outcome, good)
        self._note_carried()

    async def _all(self, look_ups: Iterable[LookupAttribute]) -> None:
        waiting = iter(look_ups)

        async def work() -> None:
            for one in waiting:
                if not self._in_vain():
                    await self._one(one)
                else:
                    self._skip(one)

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))

    def _in_vain(self) -> bool:
        """Tell whether asking on is in vain: out of calls, no such region, credentials gone, or denied time and again."""
        kinds = [fault.kind for fault in self.outcome.stats.faults]
        denied = kinds.count("denied") >= GIVE_UP and not any(one.status == "ok" for one in self.looked)
        return denied or any(kind in (*ENDS, "not_applicable") for kind in kinds)

    async def _one(self, look_up: LookupAttribute, most: int = 0) -> bool:
        """Look one up; with `most`, only while it seems to take no more pages than that. Tell whether that is settled."""
        start, end = self.window
        seen = LookupResult(look_up, start=start, end=end, prior=self._span(look_up))
        since = max(start, seen.prior.until) if seen.prior else start
        pages = Pages(since, end, most)
        extra = {"StartTime": since, "EndTime": end}
        try:
            whole = since >= end or await self.lister.pages(
                [self.call], self.outcome, look_up.bound, extra, pages.hear, pages.forget, pages.too_many
            )
        except RequestFailed as failed:
            self.outcome.stats.faults.append(failed.fault)
            seen.status, seen.fault = "partial" if pages.items else status_of(failed.fault), failed.fault
            whole = True
        seen.items = pages.items
        if whole:
            self.looked.append(seen)
        return whole

    def _skip(self, look_up: LookupAttribute) -> None:
        """Note a look-up that is not made: its region is not enabled, or another look-up failed before it."""
        last = self.outcome.stats.faults[-1]
        fault = last if last.kind == "not_applicable" else not_asked(self.call.operation, last)
        self.looked.append(LookupResult(look_up, status_of(fault), fault, *self.window))

    def _span(self, look_up: LookupAttribute) -> PriorWindow | None:
        """Find what an earlier run has of a look-up; one of all that writes holds each name that writes."""
        own = self.spans.get(look_up.name)
        return own or (self.spans.get(WRITES.name) if look_up in self.writing else None)

    def _note_carried(self) -> None:
        """Say in the coverage of the call until when an earlier run was gone by."""
        spans = [one.prior for one in self.looked if one.prior]
        if self.outcome.status == "ok" and spans:
            first = min(spans, key=lambda span: span.until)
            words = f"Events until {iso(first.until.timestamp())} were carried over from run {first.run_id}."
            self.outcome.fault = Fault("carried", "carried", words)


@dataclass
class Pages:
    """The pages of a look-up, newest first: how far they reach tells how many there will be."""

    start: datetime
    end: datetime
    most: int
    count: int = 0
    items: int = 0

    def hear(self, _call: Call, items: list[Any]) -> None:
        """Count a page."""
        self.count += 1
        self.items += len(items)

    def forget(self) -> None:
        """Begin again."""
        self.count = self.items = 0

    def too_many(self, items: list[Any]) -> bool:
        """Tell after a page whether all would be more than `most` (0: however many)."""
        if not self.most or not items:
            return False
        oldest = datetime.fromisoformat(str(items[-1]["EventTime"]).replace("Z", "+00:00"))
        covered = max((self.end - oldest).total_seconds(), 1.0)
        return self.count * (self.end - self.start).total_seconds() / covered > self.most
