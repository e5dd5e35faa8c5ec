"""One sync: the order of things, many accounts at once, and what is said at the end."""

from __future__ import annotations

import asyncio
import difflib
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from iamsql import runfile
from iamsql.aws.accounts import Organization, OrgCalls, Walk, choose
from iamsql.aws.trips import Traveller
from iamsql.aws.wish import Wish
from iamsql.model import Call, IamsqlError
from iamsql.runfile import Covered, RunFacts, Shaped, Visit
from iamsql.schema import all_calls, all_tables, calls_of
from iamsql.store.write import Landing
from iamsql.sync import Options, Outcome, Progress, Source, window
from iamsql.sync.summary import organization_rows, summary
from iamsql.sync.visit import Visitor
from iamsql.tables import _calls as calls

ACCOUNTS_AT_ONCE = 128
ORG_CALLS = OrgCalls(
    calls.CALLER,
    calls.ORGANIZATION,
    calls.ACCOUNTS,
    calls.ROOTS,
    calls.UNITS,
    calls.CHILDREN,
    calls.DELEGATED,
    calls.FEATURES,
)


class Silent:
    """Progress that says nothing."""

    def start(self, accounts: int) -> None:
        """Begin."""

    def update(self, done: int, accounts: int, calls: int, throttles: int, seconds_left: float | None) -> None:
        """Go on."""

    def say(self, line: str) -> None:
        """Hear a line."""

    def stop(self) -> None:
        """End."""


class Run:
    """The state of one sync."""

    def __init__(self, options: Options, source: Source, progress: Progress) -> None:
        """Check what can be checked before anything is asked."""
        self.options, self.source, self.progress = options, source, progress
        self.start, self.end, self.notes = window(options, source.now)
        self.wanted = wanted_calls(options.tables)
        self.traveller = Traveller(source.door, options.max_calls, paced=not options.demo)
        self.landing: Landing | None = None
        self.written = ""
        self.began = time.monotonic()

    async def organization(self) -> Organization:
        """Find out who there is and which accounts are selected."""
        walk = Walk(self.source.door, self.traveller, ORG_CALLS)
        org = await walk.identify(self.options.org_role, self.options.external_id)
        reading = asyncio.create_task(walk.read(org))
        await asyncio.sleep(0)  # the first request goes out; the clients of the accounts are made while it is answered
        services = {call.service for call in self.wanted if not call.org and not call.entered}
        await asyncio.to_thread(self.source.door.warm, sorted(services), org.home)
        org = await reading
        one = self.options
        org.accounts = choose(org.accounts, one.accounts, one.skip_accounts, one.ous, one.skip_ous, one.states)
        self.walk = walk
        return org

    def wish(self, org: Organization) -> Wish:
        """Put together what is asked of every account."""
        one = self.options
        named = frozenset(call.raw for table in one.tables for call in calls_of(table))
        regions = one.regions or (org.home,)
        return Wish(self.wanted, regions, org.home, self.start, self.end, one.fresh, one.trust_report, named)

    async def whole(self) -> Outcome:
        """Collect everything and finish the file."""
        org = await self.organization()
        for note in (*self.notes, *org.notes):
            self.progress.say(note)
        facts = self._facts(org)
        self.landing = runfile.begin(self.options.runs / f"{facts.run_id}.duckdb", facts)
        self.walk.land(org, self.landing)
        extra = organization_rows(org)
        visitor = Visitor(self.traveller, self.landing, org, self.wish(org), self.options)
        shaping = asyncio.create_task(self._shape_early(self.landing, visitor, extra))
        visits = await self._visits(org, visitor)
        early = await shaping
        path, status = runfile.finish(self.landing, visits, _text(datetime.now(UTC)), extra, early)
        self.landing, self.written = None, str(path)
        lines = summary(path, visits, extra, self.traveller, time.monotonic() - self.began)
        gaps = sum(row.is_gap for row in (*extra, *(row for visit in visits for row in visit.coverage)))
        return Outcome(path, status, lines, gaps)

    async def _shape_early(self, landing: Landing, visitor: Visitor, extra: Sequence[Covered]) -> Shaped:
        """Shape what can be shaped while look-ups are waited for: once no account is asked anything else."""
        await asyncio.to_thread(runfile.prepare, landing)
        await visitor.only_look_ups.wait()
        coverage = [*extra, *(row for rows in visitor.read.values() for row in rows)]
        landing.flush()
        landing.note("coverage", [row.row() for row in coverage])
        return await asyncio.to_thread(runfile.shape_early, landing, coverage)

    async def _visits(self, org: Organization, visitor: Visitor) -> Sequence[Visit]:
        """Visit every account, many at once, in the order in which the organization lists them."""
        room = asyncio.Semaphore(ACCOUNTS_AT_ONCE)
        selected = sum(account.selected for account in org.accounts)
        done = 0
        self.progress.start(selected)

        async def one(place: int) -> Visit:
            nonlocal done
            async with room:
                visit = await visitor.visit(org.accounts[place])
            done += visit.account.selected
            gone = time.monotonic() - self.began
            left = gone / done * (selected - done) if done else None
            self.progress.update(done, selected, self.traveller.calls, self.traveller.throttles, left)
            return visit

        return await asyncio.gather(*(one(place) for place in range(len(org.accounts))))

    def _facts(self, org: Organization) -> RunFacts:
        run_id = runfile.free_name(self.options.runs, datetime.now(UTC), org.organization_id or org.caller_account)
        span = (_text(self.start), _text(self.end))
        return RunFacts(
            run_id,
            _text(self.source.now),
            org.caller_arn,
            org.partition,
            org.organization_id or None,
            org.management or None,
            span,
            self.options.told(),
            [*self.notes, *org.notes],
        )

    def left_behind(self) -> str:
        """Say what an interruption left."""
        if self.written:
            return f"Stopped, after the run file was complete: {self.written}"
        if self.landing is None:
            return "Stopped; nothing was written."
        self.landing.flush()
        return f"Stopped. {self.landing.partial} holds what was read; earlier runs are untouched."

    def close(self) -> None:
        """Let go of threads and file."""
        self.traveller.close()
        if self.landing is not None:
            self.landing.close()


def wanted_calls(tables: Sequence[str]) -> tuple[Call, ...]:
    """List the calls of the tables named, with their parents and stand-ins; of all tables when none is named."""
    known = all_tables()
    for name in tables:
        if name not in known:
            near = difflib.get_close_matches(name, known, 3)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise IamsqlError(f"There is no table {name}.{hint}\n`iamsql tables` lists them.")
    if not tables:
        return all_calls()
    needed = {call for name in tables for call in calls_of(name)}
    while more := {call.each for call in needed if call.each} - needed:
        needed |= more
    names = needed | {call for call in all_calls() if call.instead_of in needed and not call.each}
    trips = {call.trip for call in names}
    names |= {call for call in all_calls() if call.trip in trips}  # an answer is landed whole
    return tuple(call for call in all_calls() if call in names)


def _text(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
