"""Collect one account: its calls as tasks that wait for their parents, each trip once, items landed as they come."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from iamsql.aws.client import Request, ignore_exception
from iamsql.aws.credential_report import MADE, NARROW, REPORT, credential_report, slots
from iamsql.aws.errors import Fault, RequestFailed, not_asked
from iamsql.aws.paginate import AccountClient
from iamsql.aws.parents import REGIONS, Parents
from iamsql.aws.plan import (
    ALL,
    LOOK_UPS,
    NOT_SELECTED,
    CallGroup,
    CallResult,
    CollectionPlan,
    Parent,
    PriorResults,
    request_params,
    set_status,
    should_stop,
    skipped,
    trimmed,
)
from iamsql.aws.sessions import iso
from iamsql.canonical_json import verbatim
from iamsql.cloudtrail.lookup import EventLookup, LookupConfig, LookupResult
from iamsql.model import Call

AT_ONCE = 10  # requests under way for one call of one account
Heard = Callable[[list[CallResult]], None]


class Collection:
    """The collection of one account."""

    def __init__(
        self,
        lister: AccountClient,
        wish: CollectionPlan,
        looking: LookupConfig,
        known: PriorResults | None = None,
        done: Heard = lambda _: None,
    ) -> None:
        """Group the wished calls into trips; what is known is not asked, and `done` hears each call when it has fared."""
        self._lister, self._wish, self._looking = lister, wish, looking
        self._done = done
        self._trips: dict[tuple[Any, ...], list[Call]] = {}
        for call in wish.calls:
            if call.org == wish.of_organization and not call.entered:
                self._trips.setdefault(call.trip, []).append(call)
        self._tasks: dict[tuple[Any, ...], asyncio.Future[list[CallResult]]] = {}
        self._parents = Parents(wish, known)
        self._left_out: dict[str, int] = {}  # parents that a rule of quirks left out, by the call not made for them
        self._extra: list[CallResult] = []
        self.looked: list[tuple[str, LookupResult]] = []  # by region, once `run` is done

    async def run(self, rest: Heard = lambda _: None) -> list[CallResult]:
        """Make every trip; the report is asked for first and fetched last, while the others are under way.

        `rest` hears how the others fared when only regional ones, the slow look-ups, are still under way.
        """
        made = sorted(self._trips.values(), key=lambda one: not (one[0].regional or one[0].operation == REPORT))
        alike: dict[tuple[str, str], CallGroup] = {}  # several trips may be of one call
        for calls in made:
            same = alike.setdefault((calls[0].service, calls[0].operation), CallGroup())
            same.left += 1
            self._tasks[calls[0].trip] = ignore_exception(asyncio.create_task(self._told(calls, same)))
        quick, slow = ([self._tasks[one.trip] for one, *_ in made if one.regional == late] for late in (False, True))
        done = [one for outcomes in await asyncio.gather(*quick) for one in outcomes]
        rest([*self._extra, *done])
        return [*self._extra, *done, *(one for outcomes in await asyncio.gather(*slow) for one in outcomes)]

    def know(self, outcome: CallResult, parents: list[Parent]) -> None:
        """Take a call that was made elsewhere, and its items as parents of calls that are made here."""
        done: asyncio.Future[list[CallResult]] = asyncio.get_running_loop().create_future()
        done.set_result([outcome])
        self._tasks[outcome.call.trip] = done
        self._parents.know(outcome.call.raw, outcome.region, parents)

    async def _told(self, calls: list[Call], alike: CallGroup) -> list[CallResult]:
        """Make one trip, and tell how its call fared when the last trip of that is done."""
        outcomes = await self._trip(calls)
        alike.outcomes += outcomes
        alike.left -= 1
        if not alike.left:
            self._done([*alike.outcomes, *(self._extra if calls[0].operation == REPORT else [])])
        return outcomes

    # -- which trips, for which parents ------------------------------------------------------------------------------------

    async def _trip(self, calls: list[Call]) -> list[CallResult]:
        """Make one trip in each of its regions, or say why it is not made."""
        call = calls[0]
        needed = not call.instead_of
        for main in filter(None, (call.instead_of, call.also_for)):
            needed |= await self._status(main) not in ("ok", "skipped", "not_applicable")
        wanted = needed or (call.fresh and self._wish.fresh)
        if (call.on_demand and call.raw not in self._wish.named) or not (wanted or call.narrow):
            self._parents.drop(calls, self._wish.home, self._lister)
            return [skipped(call, self._wish.home)]
        regions = self._wish.regions_of(call, await self._enabled() if call.regional else ())
        whole = (needed and bool(call.instead_of)) or self._wish.fresh
        return list(await asyncio.gather(*(self._in_region(calls, region, whole) for region in regions)))

    async def _enabled(self) -> tuple[str, ...]:
        """List the regions that the account has enabled, where all were wanted; the usual ones when nobody says."""
        if self._wish.regions != ALL:
            return ()
        listed = [call for call in self._wish.calls if call.operation in REGIONS]
        for call in listed:
            await self._status(call)
        found = [item["RegionName"] for call in listed for _, item in self._parents.held(call.raw, self._wish.home)]
        return tuple(dict.fromkeys(found)) or (self._wish.home, *self._wish.sign_in)

    async def _status(self, call: Call) -> str:
        """Wait for a call and tell how it fared in all of its regions; one that is not wished counts as skipped."""
        task = self._tasks.get(call.trip)
        statuses = {one.status for one in await task} if task else {"skipped"}
        statuses = (statuses - {"not_applicable"}) or statuses
        return statuses.pop() if len(statuses) == 1 else "partial"

    async def _parents_of(self, call: Call, region: str, whole: bool) -> Sequence[Parent]:
        """Give the parents of a call: those of the call named, or of what stood in for it; narrowed by its rule."""
        parent = call.each or call
        status = await self._status(parent)
        parents = self._parents.of(parent, region, status == "ok")
        if not call.narrow or whole or (call.narrow == "users_with_keys" and not self._wish.trust_report):
            return parents
        report = next((c for c in self._wish.calls if c.operation == REPORT), None)
        if report is None or await self._status(report) != "ok":
            return parents
        kept = {json.dumps(item) for item in NARROW[call.narrow]([item for _, item in parents], self._parents.report)}
        chosen = [one for one in parents if json.dumps(one[1]) in kept]
        self._left_out[call.raw] = len(parents) - len(chosen)
        return chosen

    async def _missing(self, call: Call, region: str) -> Fault | None:
        """Return why a call's parents are not all known: neither the call that lists them nor a stand-in was read whole."""
        if not call.each:
            return None
        parent = call.each
        listers = [parent, *(c for c in self._wish.calls if c.instead_of == parent and not c.each)]
        fault = NOT_SELECTED
        for lister in listers:
            outcome = await self._outcome(lister, region)
            if outcome and outcome.status in (("ok", "not_applicable") if lister == parent else ("ok",)):
                return None
            fault = outcome.fault if outcome and outcome.fault else NOT_SELECTED
        return not_asked(listers[-1].operation, fault)

    async def _outcome(self, call: Call, region: str) -> CallResult | None:
        """Wait for a call and return how it fared in a region; None where it is not wished."""
        task = self._tasks.get(call.trip)
        outcomes = await task if task else []
        return next((one for one in outcomes if one.region == region), outcomes[0] if outcomes else None)

    # -- one trip ------------------------------------------------------------------------------------------------------------

    async def _in_region(self, calls: list[Call], region: str, whole: bool) -> CallResult:
        """Ask for every parent and fan value, some at once, until done or hopeless."""
        call = calls[0]
        if kept := self._parents.kept(calls, region):
            self._extra.extend(kept[1:])
            return kept[0]
        self._parents.drop(calls, region, self._lister)
        outcome = CallResult(call, region)
        if call.operation == REPORT:
            await self._fetch_report(call, outcome)
            return outcome
        if call.operation == LOOK_UPS:
            await self._look_up(call, outcome)
            return outcome
        if missing := await self._missing(call, region):
            outcome.stats.faults.append(missing)
        parents = await self._parents_of(call, region, whole) if call.each else [({}, None)]
        asked = iter(list(request_params(call, parents)))
        good = [0]
        many = min(AT_ONCE, max(1, len(parents) * max(1, len(call.fan))))
        await asyncio.gather(*(self._work(calls, outcome, asked, good) for _ in range(many)))
        set_status(outcome, good[0])
        left = self._left_out.get(call.raw, 0) if call.narrow == "users_with_keys" else 0
        if left and outcome.status == "ok":
            words = f"keys listed for {len(parents)} of {len(parents) + left} users, by the credential report"
            outcome.status, outcome.fault = "partial", Fault("partial", "trust_report", words)
        return outcome

    async def _work(
        self, calls: list[Call], outcome: CallResult, asked: Iterator[dict[str, Any]], good: list[int]
    ) -> None:
        """Ask for one bound after the other; what is listed is kept for the calls that follow."""
        for bound in asked:
            if should_stop(outcome, good[0]):
                return
            heard: dict[str, list[Parent]] = {}

            def hear(call: Call, items: list[Any], bound: Any = bound, heard: Any = heard) -> None:
                if self._parents.follows(call):
                    heard.setdefault(call.raw, []).extend((bound, trimmed(item)) for item in items)

            try:
                await self._lister.pages(calls, outcome, bound, {}, hear, heard.clear)
                good[0] += 1
            except RequestFailed as failed:
                if failed.fault.kind == "absent":
                    good[0] += 1
                else:
                    outcome.stats.faults.append(failed.fault)
            for raw, parents in heard.items():
                self._parents.hear(raw, outcome.region, parents)

    async def _look_up(self, call: Call, outcome: CallResult) -> None:
        """Look up the events of one region."""
        looking = self._looking
        looker = EventLookup(self._lister, call, outcome, looking.window, looking.spans.get(outcome.region, {}))
        await looker.run(looking.agenda(outcome.region))
        self.looked.extend((outcome.region, one) for one in looker.looked)

    async def _fetch_report(self, call: Call, outcome: CallResult) -> None:
        """Have the report made, which is a call of its own in coverage, and land its rows."""
        made = CallResult(Call(call.service, MADE), outcome.region)
        self._extra.append(made)

        async def ask(operation: str, params: dict[str, Any]) -> Any:
            tally = outcome.stats if operation == call.operation else made.stats
            try:
                answer = await self._lister.send(Request(call.service, operation, outcome.region, params), tally)
            except RequestFailed as failed:
                if tally is made.stats:
                    tally.faults.append(failed.fault)
                raise
            made.stats.faults = made.stats.faults if tally is outcome.stats else []
            return answer

        try:
            rows = await credential_report(ask)
        except RequestFailed as failed:
            outcome.stats.faults.append(failed.fault)
        else:
            self._parents.report = slots(rows)
            outcome.stats.items = len(rows)
            texts = [verbatim(row) for row in rows]
            account_id = self._lister.entered.account_id
            self._lister.lands.write_items(call.raw, account_id, outcome.region, "{}", texts, iso(time.time()))
        set_status(outcome, 0)
        set_status(made, 0)
