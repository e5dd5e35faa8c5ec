"""Collect one account: its calls as tasks that wait for their parents, each trip once, items landed as they come."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

from iamsql.aws.faults import Failed, Fault
from iamsql.aws.quirks import NARROW, Slots, credential_report, slots
from iamsql.aws.sessions import Entered, iso
from iamsql.aws.trips import Request, Tally, Traveller, member, next_page
from iamsql.aws.wish import (
    NOT_SELECTED,
    Lands,
    Outcome,
    Parent,
    Wish,
    bounds,
    hopeless,
    judge,
    name_of,
    skipped,
    trimmed,
)
from iamsql.jsontext import verbatim
from iamsql.model import Call

REPORT = "GetCredentialReport"
AT_ONCE = 10  # requests under way for one call of one account
Renew = Callable[[Entered], Awaitable[Entered]]


class Collection:
    """The collection of one account."""

    def __init__(self, traveller: Traveller, lands: Lands, entered: Entered, wish: Wish, renew: Renew) -> None:
        """Group the wished calls into trips."""
        self._traveller, self._lands, self._entered, self._wish, self._renew = traveller, lands, entered, wish, renew
        self._trips: dict[tuple[Any, ...], list[Call]] = {}
        for call in wish.calls:
            if not call.org and not call.entered:
                self._trips.setdefault(call.trip, []).append(call)
        self._tasks: dict[tuple[Any, ...], asyncio.Task[list[Outcome]]] = {}
        followed = {call.each for call in wish.calls if call.each}
        self._followed = {call.raw for call in wish.calls if call in followed or call.instead_of in followed}
        self._parents: dict[str, list[Parent]] = {}
        self._left_out: dict[str, int] = {}  # parents that a rule of quirks left out, by the call not made for them
        self._report: Slots = {}
        self._extra: list[Outcome] = []
        self._missing: dict[tuple[Any, ...], Fault] = {}
        self._renewing = asyncio.Lock()

    async def run(self, rest: Callable[[list[Outcome]], None] = lambda _: None) -> list[Outcome]:
        """Make every trip; the report is asked for first and fetched last, while the others are under way.

        `rest` hears how the others fared when only regional ones, the slow look-ups, are still under way.
        """
        for calls in sorted(self._trips.values(), key=lambda one: not (one[0].regional or one[0].operation == REPORT)):
            self._tasks[calls[0].trip] = asyncio.create_task(self._trip(calls))
        quick = [task for trip, task in self._tasks.items() if not self._trips[trip][0].regional]
        slow = [task for trip, task in self._tasks.items() if self._trips[trip][0].regional]
        done = [one for outcomes in await asyncio.gather(*quick) for one in outcomes]
        rest([*self._extra, *done])
        return [*self._extra, *done, *(one for outcomes in await asyncio.gather(*slow) for one in outcomes)]

    # -- which trips, for which parents ------------------------------------------------------------------------------------

    async def _trip(self, calls: list[Call]) -> list[Outcome]:
        """Make one trip in each of its regions, or say why it is not made."""
        call = calls[0]
        needed = not call.instead_of
        for main in filter(None, (call.instead_of, call.also_for)):
            needed |= await self._status(main) not in ("ok", "skipped")
        wanted = needed or (call.fresh and self._wish.fresh)
        if (call.on_demand and call.raw not in self._wish.named) or not (wanted or call.narrow):
            return [skipped(call, self._wish.home)]
        parents: Sequence[Parent] = [({}, None)]
        if call.each:
            parents = await self._parents_of(call, whole=(needed and bool(call.instead_of)) or self._wish.fresh)
        regions = self._wish.regions if call.regional else (self._wish.home,)
        return list(await asyncio.gather(*(self._in_region(calls, region, parents) for region in regions)))

    async def _status(self, call: Call) -> str:
        """Wait for a call and tell how it fared; one that is not wished counts as skipped."""
        task = self._tasks.get(call.trip)
        return "skipped" if task is None else (await task)[0].status

    async def _parents_of(self, call: Call, whole: bool) -> Sequence[Parent]:
        """Wait for the parents of a call: those of the call named, or of what stood in for it; narrowed by its rule."""
        parent = call.each or call
        status = await self._status(parent)
        await self._note_missing(call, parent, status)
        found = {json.dumps(one): one for one in self._parents.get(parent.raw, [])}
        for other in (c for c in self._wish.calls if c.instead_of == parent and not c.each):
            if status != "ok":
                more = self._parents.get(other.raw, [])
                known = {name_of(item) for _, item in found.values()}
                found |= {json.dumps(one): one for one in more if name_of(one[1]) not in known}
        parents = list(found.values())
        if not call.narrow or whole or (call.narrow == "users_with_keys" and not self._wish.trust_report):
            return parents
        report = next((c for c in self._wish.calls if c.operation == REPORT), None)
        if report is None or await self._status(report) != "ok":
            return parents
        kept = {json.dumps(item) for item in NARROW[call.narrow]([item for _, item in parents], self._report)}
        chosen = [one for one in parents if json.dumps(one[1]) in kept]
        self._left_out[call.raw] = len(parents) - len(chosen)
        return chosen

    async def _note_missing(self, call: Call, parent: Call, status: str) -> None:
        """Remember why a call's parents are not all known: neither the call that lists them nor a stand-in was read whole."""
        if status == "ok":
            return
        listers = [parent, *(c for c in self._wish.calls if c.instead_of == parent and not c.each)]
        for lister in listers:
            if await self._status(lister) == "ok":
                return
        last = (await self._tasks[listers[-1].trip])[0] if listers[-1].trip in self._tasks else None
        why = last.fault if last and last.fault else NOT_SELECTED
        words = f"{call.each.operation if call.each else ''} could not be read: {why.message}"
        self._missing[call.trip] = Fault(last.status if last else "skipped", why.code, words)

    # -- one trip ------------------------------------------------------------------------------------------------------------

    async def _in_region(self, calls: list[Call], region: str, parents: Sequence[Parent]) -> Outcome:
        """Ask for every parent and fan value, some at once, until done or hopeless."""
        outcome = Outcome(calls[0], region)
        if calls[0].operation == REPORT:
            await self._fetch_report(calls[0], outcome)
            return outcome
        if missing := self._missing.get(calls[0].trip):
            outcome.tally.faults.append(missing)
        asked = iter(list(bounds(calls[0], parents)))
        good = [0]
        workers = (
            self._work(calls, outcome, asked, good)
            for _ in range(min(AT_ONCE, max(1, len(parents) * max(1, len(calls[0].fan)))))
        )
        await asyncio.gather(*workers)
        judge(outcome, good[0])
        left = self._left_out.get(calls[0].raw, 0) if calls[0].narrow == "users_with_keys" else 0
        if left and outcome.status == "ok":
            words = f"keys listed for {len(parents)} of {len(parents) + left} users, by the credential report"
            outcome.status, outcome.fault = "partial", Fault("partial", "trust_report", words)
        return outcome

    async def _work(
        self, calls: list[Call], outcome: Outcome, asked: Iterator[dict[str, Any]], good: list[int]
    ) -> None:
        for bound in asked:
            if hopeless(outcome, good[0]):
                return
            try:
                await self._pages(calls, outcome, bound)
                good[0] += 1
            except Failed as failed:
                if failed.fault.kind == "absent":
                    good[0] += 1
                else:
                    outcome.tally.faults.append(failed.fault)

    async def _pages(self, calls: list[Call], outcome: Outcome, bound: dict[str, Any]) -> None:
        """Ask page after page of one list; a marker that has ended starts the list again, once."""
        call, where = calls[0], verbatim(bound)
        params = first = dict(call.params) | bound | self._wish.window(call)
        restarted = False

        def read(answer: dict[str, Any]) -> tuple[list[tuple[Call, list[Any], list[str]]], dict[str, str]]:
            found = [(one, member(answer, one.items)) for one in calls]
            return [(one, items, [verbatim(item) for item in items]) for one, items in found], dict(next_page(answer))

        while True:
            try:
                found, marker = await self._ask(
                    Request(call.service, call.operation, outcome.region, params, call.absent), outcome.tally, read
                )
            except Failed as failed:
                if failed.fault.kind != "marker" or restarted:
                    raise
                restarted, params = True, first
                for one in calls:
                    self._lands.forget(one.raw, self._entered.account_id, outcome.region, where)
                    self._parents[one.raw] = [was for was in self._parents.get(one.raw, []) if was[0] != bound]
                continue
            at = iso(time.time())
            for one, items, texts in found:
                outcome.tally.items += len(texts)
                self._lands.land(one.raw, self._entered.account_id, outcome.region, where, texts, at)
                if one.raw in self._followed:
                    self._parents.setdefault(one.raw, []).extend((bound, trimmed(item)) for item in items)
            if not marker:
                return
            if marker.items() <= params.items():
                raise Failed(Fault("error", "SamePageTwice", "AWS gave the same page marker twice."))
            params = {**params, **marker}

    async def _ask(self, request: Request, tally: Tally, read: Callable[[Any], Any] = lambda x: x) -> Any:
        """Ask with credentials that last; a role's that ended nevertheless are renewed once."""
        for again in (True, False):
            entered = await self._lasting()
            try:
                return await self._traveller.ask(entered, request, tally, read)
            except Failed as failed:
                if failed.fault.kind not in ("expired", "rejected"):
                    raise
                if not again or entered.expires is None:
                    self._traveller.expired = failed.fault if entered.expires is None else self._traveller.expired
                    raise
                entered.expires = 0.0
        raise AssertionError("unreachable")

    async def _lasting(self) -> Entered:
        async with self._renewing:
            if self._entered.ends_soon():
                self._entered = await self._renew(self._entered)
            return self._entered

    async def _fetch_report(self, call: Call, outcome: Outcome) -> None:
        """Have the report made, which is a call of its own in coverage, and land its rows."""
        made = Outcome(Call(call.service, "GenerateCredentialReport"), outcome.region)
        self._extra.append(made)

        async def ask(operation: str, params: dict[str, Any]) -> Any:
            tally = outcome.tally if operation == call.operation else made.tally
            try:
                return await self._ask(Request(call.service, operation, outcome.region, params), tally)
            except Failed as failed:
                if tally is made.tally:
                    tally.faults.append(failed.fault)
                raise

        try:
            rows = await credential_report(ask)
        except Failed as failed:
            outcome.tally.faults.append(failed.fault)
        else:
            self._report = slots(rows)
            outcome.tally.items = len(rows)
            texts = [verbatim(row) for row in rows]
            self._lands.land(call.raw, self._entered.account_id, outcome.region, "{}", texts, iso(time.time()))
        judge(outcome, 0)
        judge(made, 0)
