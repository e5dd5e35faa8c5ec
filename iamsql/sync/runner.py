"""One sync: the order of things, many accounts at once, and what is said at the end."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from iamsql.aws.client import ApiClient, ignore_exception
from iamsql.aws.organization import Organization, OrganizationReader, select_accounts
from iamsql.aws.plan import ALL, CollectionPlan
from iamsql.cloudtrail import reuse
from iamsql.cloudtrail.bucket import parse_location
from iamsql.cloudtrail.lookup import LookupConfig
from iamsql.cloudtrail.lookup_plan import agendas
from iamsql.cloudtrail.report import TrailResult, mark_lost, spread
from iamsql.cloudtrail.trail import TrailReader
from iamsql.model import IamsqlError
from iamsql.runfile import build
from iamsql.runfile.build import AccountResult, CoverageRow, RunRow
from iamsql.runfile.template import template
from iamsql.runs.checksums import record
from iamsql.schema.names import ALL_TABLES, named, raw_tables_of, wanted_calls
from iamsql.schema.registry import all_tables
from iamsql.schema.tables import _calls as calls
from iamsql.schema.tables._event_names import SIGN_IN_REGIONS
from iamsql.store.writer import RunWriter
from iamsql.sync import iam_actions, start
from iamsql.sync.account import AccountSync
from iamsql.sync.assumed_roles import administrator_notes, refused_notes
from iamsql.sync.coverage import wanted
from iamsql.sync.options import AUTO, Options, Progress, Source, SyncResult, window
from iamsql.sync.organization import ORG_CALLS, collect_organization, organization_rows
from iamsql.sync.regions import known_regions
from iamsql.sync.resume.state import PriorRun
from iamsql.sync.resume.stored_options import command
from iamsql.sync.session_policies import SessionPolicies
from iamsql.sync.summary import summary

ACCOUNTS_AT_ONCE = 128


class SyncRun:
    """The state of one sync."""

    def __init__(self, options: Options, source: Source, progress: Progress, kept: PriorRun | None = None) -> None:
        """Check what can be checked before anything is asked; `kept` is the earlier run that goes on."""
        self.catalogue = iam_actions.opened((*options.tables, *options.beside))
        options = replace(options, tables=named(options.tables))
        self.options, self.source, self.progress = options, source, progress
        self.kept = kept
        self.window = kept.window(source.now) if kept else window(options, source.now)
        self.notes = list(self.window.notes)
        regions = ("aws_region",) if options.tables and options.regions == ALL else ()  # what lists them is asked too
        beside = options.beside if options.tables else ()  # all that is usual is wanted else, and these on demand
        self.wanted = wanted_calls((*options.tables, *beside, *regions))
        if options.trail and options.trail != AUTO:
            parse_location(options.trail)
        self.policies = SessionPolicies(options, self.wanted, self.named)
        self.traveller = ApiClient(source.door, options.max_calls, paced=not options.demo)
        self.landing: RunWriter | None = None
        self.earlier = reuse.PriorEvents()
        self.copied: list[reuse.Used] = []  # what the run that goes on had still to copy of trails
        self.written = ""
        self.began = time.monotonic()

    async def organization(self) -> Organization:
        """Find out who there is and which accounts are selected."""
        walk = OrganizationReader(self.source.door, self.traveller, ORG_CALLS)
        org = await walk.identify(self.options.org_role, self.options.external_id, self.policies.organization)
        reading = asyncio.create_task(walk.read(org))
        await asyncio.sleep(0)  # the first request goes out; the clients of the accounts are made while it is answered
        named = self.named
        services = {
            call.service
            for call in self.wanted
            if not call.org and not call.entered and (not call.on_demand or call.raw in named)
        }
        await asyncio.to_thread(self.source.door.warm, sorted(services), org.home)
        org = await reading
        one = self.options
        try:
            org.accounts = select_accounts(
                org.accounts, one.accounts, one.skip_accounts, one.ous, one.skip_ous, one.states
            )
        except IamsqlError as error:  # an organization that could not be read lists no account
            raise IamsqlError("\n".join([*org.notes, str(error)])) from error
        self.walk = walk
        known_regions(self.source.door, org, one.regions)
        return org

    @property
    def named(self) -> frozenset[str]:
        """Name the raw tables of the calls on demand that are made: of tables that were named, of a trail, of all regions."""
        tables = all_tables() if ALL_TABLES in self.options.tables else self.options.tables
        wanted = [*tables, *self.options.beside, *(["aws_cloudtrail_trail"] if self.options.trail else [])]
        regions = [calls.REGIONS, calls.EC2_REGIONS] if self.options.regions == ALL else []
        return raw_tables_of(wanted) | {call.raw for call in regions}

    def wish(self, org: Organization) -> CollectionPlan:
        """Put together what is asked of every account."""
        one = self.options
        sign_in = SIGN_IN_REGIONS.get(org.partition, ())
        return CollectionPlan(self.wanted, org.home, one.regions, sign_in, one.fresh, one.trust_report, self.named)

    def looking(self, org: Organization) -> Callable[[str], LookupConfig]:
        """Give how look-ups are made in each account: the agenda, the window, and what an earlier run has."""
        agenda = agendas(self.options.events, self.options.regions, org.home)
        times = (self.window.looked_up_from, self.window.end)
        return lambda account: LookupConfig(agenda, times, self.earlier.look_ups.get(account, {}))

    async def whole(self) -> SyncResult:
        """Collect everything and finish the file."""
        org, _ = await asyncio.gather(self.organization(), asyncio.to_thread(template))
        for note in (*self.notes, *org.notes):
            self.progress.say(note)
        wish, facts = self.wish(org), self._facts(org)
        self.landing = landing = start.begun(
            self.options.runs, facts, org, self.walk, wanted(wish), lambda: self._hold(org), self.kept
        )
        visitor = AccountSync(
            self.traveller, landing, org, wish, self.options, self.policies, self.looking(org), self.kept
        )
        known = [*organization_rows(org), *iam_actions.land(self.catalogue, org, landing, _text(self.source.now))]
        landing.journal.add([row.values() for row in known])
        more = asyncio.create_task(collect_organization(self.walk, org, visitor, landing))
        shaping = ignore_exception(asyncio.create_task(self._shape_early(landing, visitor, more)))
        trail, visits, read = await asyncio.gather(self._trail(landing, org, visitor), self._visits(org, visitor), more)
        extra, early = [*known, *read], await shaping
        used = [*trail.used, *(one for visit in visits for one in visit.carried)]
        lost = reuse.copy(landing, self.earlier, [*self.copied, *used], (self.window.start, self.window.end))
        mark_lost(lost, trail, visits)
        rows = [*extra, *spread(trail.coverage, visits)]
        notes = administrator_notes(visitor.entered.values(), limited=not self.options.no_session_policy)
        landing.execute("update iamsql.run set notes = ?", [json.dumps([*facts.notes, *notes])])
        path, status = build.finish(landing, visits, _text(datetime.now(UTC)), rows, early, trail.events)
        self.landing, self.written = None, str(path)
        seconds = time.monotonic() - self.began
        lines = summary(path, visits, rows, self.traveller, seconds, trail.lines, record(path))
        lines[1:1] = [*(self.kept.lines(visits) if self.kept else []), *notes, *refused_notes(visits)]
        gaps = sum(row.is_gap for row in (*rows, *(row for visit in visits for row in visit.coverage)))
        return SyncResult(path, status, lines, gaps)

    def _hold(self, org: Organization) -> None:
        """Find what earlier runs have of events, and keep of the run that goes on what holds still."""
        if not self.options.no_carry:
            whose = org.organization_id or org.caller_account
            start = self.window.looked_up_from if not self.options.trail else self.window.start
            self.earlier = reuse.find(self.options.runs, whose, self.options.demo, start)
            for note in self.earlier.notes:
                self.progress.say(note)
        if self.kept:
            self.kept.hold(org)
            self.progress.say(f"Going on with run {self.kept.run_id}: what it has is not asked again.")
            self.copied = self.kept.join(self.earlier)

    async def _trail(self, landing: RunWriter, org: Organization, visitor: AccountSync) -> TrailResult:
        """Read the trail that was named, beside the accounts."""
        if not self.options.trail:
            return TrailResult()
        reader = TrailReader(self.traveller, landing, org, self.options, self.policies, self.kept)
        times = (self.window.start, self.window.end)
        return await reader.read(times, visitor.renew, self.earlier.trails)

    async def _shape_early(
        self, landing: RunWriter, visitor: AccountSync, more: asyncio.Task[list[CoverageRow]]
    ) -> frozenset[str]:
        """Shape what can be shaped while look-ups are waited for: once nothing else is asked."""

        if self.options.trail:  # beside one there is no memory to spare for it
            return frozenset()
        await visitor.only_look_ups.wait()
        landing.journal.add([row.values() for row in await more])
        landing.flush()
        return await asyncio.to_thread(build.shape_early, landing)

    async def _visits(self, org: Organization, visitor: AccountSync) -> Sequence[AccountResult]:
        """Visit every account, many at once, in the order in which the organization lists them."""
        room = asyncio.Semaphore(ACCOUNTS_AT_ONCE)
        selected = sum(account.selected for account in org.accounts)
        done = 0
        self.progress.start(selected)

        async def one(place: int) -> AccountResult:
            nonlocal done
            async with room:
                visit = await visitor.visit(org.accounts[place])
            done += visit.account.selected
            gone = time.monotonic() - self.began
            left = gone / done * (selected - done) if done else None
            self.progress.update(done, selected, self.traveller.calls, self.traveller.throttles, left)
            return visit

        return await asyncio.gather(*(one(place) for place in range(len(org.accounts))))

    def _facts(self, org: Organization) -> RunRow:
        span = (_text(self.window.start), _text(self.window.end))
        facts = RunRow(
            "",
            _text(self.source.now),
            org.caller_arn,
            org.partition,
            org.organization_id or None,
            org.management or None,
            span,
            self.options.to_row(),
            [*self.notes, *org.notes],
        )
        return start.going(facts, self.kept, _text(self.source.now)) if self.kept else facts

    def left_behind(self) -> str:
        """Say what an interruption left."""
        if self.written:
            return f"Stopped, after the run file was complete: {self.written}"
        if self.landing is None:
            return "Stopped; nothing was written."
        self.landing.flush()
        return (
            f"Stopped. {self.landing.partial} holds what was read; earlier runs are untouched.\n"
            f"Go on with: {command(replace(self.options, resume=True, retry_gaps=False))}"
        )

    def close(self) -> None:
        """Let go of threads and file."""
        self.traveller.close()
        if self.landing is not None:
            self.landing.close()


def _text(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
