"""One sync, step by step: read the organization, create the file, collect many accounts at once, finish, summarize."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from iamsql.aws.client import ApiClient, ignore_exception
from iamsql.aws.organization import Organization, OrganizationReader
from iamsql.aws.plan import ALL_REGIONS, CollectionPlan
from iamsql.cloudtrail.bucket import parse_location
from iamsql.cloudtrail.lookup_plan import LookupConfig
from iamsql.cloudtrail.report import TrailResult, add_to_accounts, mark_lost
from iamsql.cloudtrail.reuse import PriorEvents, copy_events, find_events
from iamsql.cloudtrail.trail import AUTO, TrailReader
from iamsql.model import Call, IamsqlError
from iamsql.runfile import build
from iamsql.runfile.rows import AccountResult, CoverageRow, ReusedWindow, iso_seconds
from iamsql.runfile.template import template
from iamsql.runs.checksums import record
from iamsql.runs.lock import folder_lock
from iamsql.schema.names import ALL_TABLES, match_tables, raw_tables_of, wanted_calls
from iamsql.schema.registry import all_tables
from iamsql.schema.tables import _calls as calls
from iamsql.schema.tables._event_names import SIGN_IN_REGIONS
from iamsql.store.writer import RunWriter
from iamsql.sync.account import LOOK_UPS, AccountSync
from iamsql.sync.account_sessions import AccountSessions
from iamsql.sync.coverage import expected_calls
from iamsql.sync.options import Options, Progress, Source, SyncResult, window
from iamsql.sync.organization import (
    ORG_CALLS,
    collect_organization,
    open_action_catalog,
    organization_rows,
    write_action_catalog,
)
from iamsql.sync.resume.state import PriorRun
from iamsql.sync.resume.stored_options import command
from iamsql.sync.selection import check_regions, select_accounts
from iamsql.sync.session_policies import SessionPolicies
from iamsql.sync.start import create_file, run_row
from iamsql.sync.summary import administrator_notes, summary

LOCK_TIMEOUT = 120.0  # seconds: a sync that resumes a run copies its data under the lock


class SyncRun:
    """The state of one sync."""

    def __init__(self, options: Options, source: Source, progress: Progress, prior: PriorRun | None = None) -> None:
        """Check the options before the first request; `prior` is the run that is resumed. Raises IamsqlError."""
        self.catalog = open_action_catalog((*options.tables, *options.query_tables))
        options = replace(options, tables=match_tables(options.tables))
        self.options, self.source, self.progress, self.prior = options, source, progress, prior
        self.window = prior.window(source.now) if prior else window(options, source.now)
        # `--region all` needs the table of an account's regions. Without --table, on-demand tables of --for are selected too.
        regions = ("aws_region",) if options.regions == ALL_REGIONS else ()
        self.calls = wanted_calls((*options.tables, *options.query_tables, *regions) if options.tables else ())
        if options.trail and options.trail != AUTO:
            parse_location(options.trail)
        self.policies = SessionPolicies(options, self.calls, self.on_demand_tables)
        self.api = ApiClient(source.sessions, options.max_calls, rate_limited=not options.demo)
        self.reader = OrganizationReader(self.api, ORG_CALLS)
        self.writer: RunWriter | None = None
        self.earlier = PriorEvents()
        self.reused: list[ReusedWindow] = []  # windows of trails that the resumed run has not copied yet
        self.started = time.monotonic()
        self.finished = ""  # the path of the complete file

    async def read_organization(self) -> Organization:
        """Identify the caller, read the organization and select the accounts. Raises IamsqlError."""
        options, sessions = self.options, self.source.sessions
        org = await self.reader.identify(options.org_role, options.external_id, self.policies.organization)
        reading = asyncio.create_task(self.reader.read(org))
        await asyncio.sleep(0)  # the first request is sent; the clients are created while it waits for AWS
        services = sorted({call.service for call in self.account_calls})
        await asyncio.to_thread(sessions.create_clients, services, org.home)
        org = await reading
        try:
            org.accounts = select_accounts(org.accounts, options)
        except IamsqlError as error:  # the notes say if the organization could not be read
            raise IamsqlError("\n".join([*org.notes, str(error)])) from error
        check_regions(sessions, org, options.regions)
        return org

    @property
    def on_demand_tables(self) -> frozenset[str]:
        """Return the raw tables of the on-demand calls to make: those of named tables, of a trail, and of all regions."""
        tables = all_tables() if ALL_TABLES in self.options.tables else self.options.tables
        wanted = [*tables, *self.options.query_tables, *(["aws_cloudtrail_trail"] if self.options.trail else [])]
        regions = [calls.REGIONS, calls.EC2_REGIONS] if self.options.regions == ALL_REGIONS else []
        return raw_tables_of(wanted) | {call.raw for call in regions}

    @property
    def account_calls(self) -> list[Call]:
        """Return the calls that are made in an account, and their fallbacks."""
        named = self.on_demand_tables
        calls = (call for call in self.calls if not (call.org or call.implicit))
        return [call for call in calls if not call.on_demand or call.raw in named]

    def plan(self, org: Organization) -> CollectionPlan:
        """Return what to collect of every account."""
        options = self.options
        return CollectionPlan(
            self.calls,
            org.home,
            options.regions,
            {LOOK_UPS: SIGN_IN_REGIONS.get(org.partition, ())},
            options.fresh,
            options.trust_report,
            self.on_demand_tables,
        )

    def lookups(self, org: Organization) -> LookupConfig:
        """Return how to look up events."""
        options, window = self.options, (self.window.looked_up_from, self.window.end)
        return LookupConfig(options.events, options.regions, org.home, window, self.earlier.look_ups)

    def account_sessions(self, org: Organization) -> AccountSessions:
        """Return the sessions in the accounts."""
        return AccountSessions(self.api, org, self.options, self.policies.account)

    async def run(self) -> SyncResult:
        """Collect everything and finish the file. Raises IamsqlError."""
        # The template, if it has to be built, is built while requests wait for AWS.
        org, _ = await asyncio.gather(self.read_organization(), asyncio.to_thread(template))
        notes, now = [*self.window.notes, *org.notes], iso_seconds(self.source.now)
        self._say(notes)
        plan, sessions = self.plan(org), self.account_sessions(org)
        row = run_row(org, self.options, self.window, notes, now, self.prior)
        # `runs prune` deletes no earlier run while the folder is locked, and later none that an unfinished file needs.
        with folder_lock(self.options.runs, LOCK_TIMEOUT):
            self._find_prior(org)
            writer = create_file(self.options.runs, row, org, self.reader, expected_calls(plan), self.prior)
        self.writer = writer
        initial = organization_rows(org) + write_action_catalog(self.catalog, org, writer, now)
        writer.journal.add(initial)
        accounts = AccountSync(self.api, writer, org, plan, sessions, self.lookups(org), self.prior)
        collecting = asyncio.create_task(collect_organization(self.api, org, plan, sessions, writer))
        filling = ignore_exception(asyncio.create_task(self._fill_early(writer, accounts, collecting)))
        trail, results, organization = await asyncio.gather(
            self._read_trail(writer, org), self._collect_accounts(org, accounts), collecting
        )
        early = await filling
        # Only now is it known which windows look-ups and the trail did not request, because an earlier run has their events.
        reused = [*self.reused, *trail.reused, *(window for result in results for window in result.reused)]
        lost = copy_events(writer, self.earlier, reused, (self.window.start, self.window.end))
        mark_lost(lost, trail, results)
        of_no_account = add_to_accounts(trail.coverage, results)
        coverage = [*initial, *organization, *of_no_account]
        writer.journal.add(of_no_account, trail.events)
        changed = {row.account_id for row in trail.coverage} | {window.account_id for window, _ in lost}
        # The journal has their results already, without what the trail and the lost windows changed.
        for result in (result for result in results if result.account.account_id in changed):
            accounts.record(result)
        roles = administrator_notes(sessions.roles_used.values(), is_limited=not self.options.no_session_policy)
        writer.execute("update iamsql.run set notes = ?", [json.dumps([*notes, *roles])])
        writer.insert_rows("rate_limits", self.api.rate_limits.learned(org.caller_account))
        path, status = build.finish(writer, results, coverage, iso_seconds(datetime.now(UTC)), early)
        self.writer, self.finished = None, str(path)  # closed: an interrupt must not flush it
        seconds = time.monotonic() - self.started
        reused_data = self.prior.lines(results) if self.prior else []
        lines = summary(path, results, coverage, self.api, seconds, [*reused_data, *roles], trail.lines, record(path))
        gaps = sum(row.is_gap for row in (*coverage, *(row for result in results for row in result.coverage)))
        return SyncResult(path, status, lines, gaps)

    def _say(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.progress.say(line)

    def _find_prior(self, org: Organization) -> None:
        """Find events in earlier runs, and drop data of the resumed run that is not valid any more."""
        if not self.options.no_reuse:
            owner = org.organization_id or org.caller_account
            # Log files of a trail reach back further than LookupEvents.
            since = self.window.looked_up_from if not self.options.trail else self.window.start
            self.earlier = find_events(self.options.runs, owner, self.options.demo, since)
            self._say(self.earlier.notes)
        if self.prior:
            self.prior.restrict_to(org)
            self.progress.say(f"Resuming run {self.prior.run_id}: the data that it has is not requested again.")
            self.reused = self.prior.find_reused(self.earlier)

    async def _read_trail(self, writer: RunWriter, org: Organization) -> TrailResult:
        """Read the trail of --trail, while the accounts are collected."""
        options = self.options
        if not options.trail:
            return TrailResult()
        reader = TrailReader(
            api=self.api,
            writer=writer,
            org=org,
            url=options.trail,
            window=(self.window.start, self.window.end),
            regions=options.regions,
            role=options.trail_role,
            external_id=options.external_id,
            policy=self.policies.trail,
            reusable=self.earlier.trails,
            prior=self.prior.trails if self.prior else {},
        )
        return await reader.read()

    async def _fill_early(
        self, writer: RunWriter, accounts: AccountSync, collecting: asyncio.Task[list[CoverageRow]]
    ) -> frozenset[str]:
        """Fill typed tables when only look-ups continue. A trail needs the memory, so its run fills them at the end."""
        if self.options.trail:
            return frozenset()
        await accounts.global_done.wait()
        await collecting
        writer.flush()
        return await asyncio.to_thread(build.fill_early, writer)

    async def _collect_accounts(self, org: Organization, accounts: AccountSync) -> Sequence[AccountResult]:
        """Collect all accounts, many at once; return the results in the order of the organization."""
        selected = sum(account.selected for account in org.accounts)
        self.progress.start(selected)
        tasks = [ignore_exception(asyncio.create_task(accounts.collect(account))) for account in org.accounts]
        done = 0
        for task in asyncio.as_completed(tasks):
            result = await task
            accounts.record(result)
            done += result.account.selected
            elapsed = time.monotonic() - self.started
            left = elapsed / done * (selected - done) if done else None
            self.progress.update(done, selected, self.api.calls, self.api.throttles, left)
        return [task.result() for task in tasks]

    def interrupted(self) -> str:
        """Write the waiting rows, and return the message about the interrupted run."""
        if self.finished:
            return f"Stopped, after the run file was complete: {self.finished}"
        if self.writer is None:
            return "Stopped; nothing was written."
        self.writer.insert_rows("rate_limits", self.api.rate_limits.learned())
        self.writer.flush()
        resume = command(replace(self.options, resume=True, retry_gaps=False))
        return f"Stopped. {self.writer.partial} has the data that was read; earlier runs are unchanged.\nResume with: {resume}"

    def close(self) -> None:
        """Stop the threads and close the file."""
        self.api.close()
        if self.writer is not None:
            self.writer.close()
