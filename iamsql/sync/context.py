"""One sync: its options, and what its steps share: the requests, the run file, the plan and the sessions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from iamsql.aws.client import ApiClient, ignore_exception
from iamsql.aws.organization import OrganizationReader
from iamsql.aws.organization_model import Organization
from iamsql.aws.plan import ALL_REGIONS, CollectionPlan
from iamsql.aws.rates.quotas import KnownRate
from iamsql.model import Call, IamsqlError
from iamsql.runs.file.rows import ReusedWindow, iso_seconds
from iamsql.runs.lock import folder_lock
from iamsql.runs.store.limits import StatementLimits
from iamsql.runs.store.stored_tables import StoredTables
from iamsql.runs.store.writer import RunWriter
from iamsql.sync.account import LOOKUP_EVENTS
from iamsql.sync.account_sessions import AccountSessions
from iamsql.sync.cloudtrail.bucket import parse_location
from iamsql.sync.cloudtrail.lookup_plan import NONE, LookupConfig
from iamsql.sync.cloudtrail.reuse import PriorEvents, find_events
from iamsql.sync.cloudtrail.trail import AUTO
from iamsql.sync.create_file import create_file, resume_file, run_row
from iamsql.sync.known_rates import known_rates
from iamsql.sync.options import Options, Progress, Source, window
from iamsql.sync.organization import (
    ORG_CALLS,
    open_action_catalog,
)
from iamsql.sync.phases import CALLER_PHASE, Phases
from iamsql.sync.resume.state import CallKey, PriorRun
from iamsql.sync.resume.stored_options import command
from iamsql.sync.selection import check_regions, select_accounts
from iamsql.sync.session_policies import SessionPolicies
from iamsql.sync.shards import account_shard, parse_shard, start_time
from iamsql.tables.calls import account as calls
from iamsql.tables.calls.event_names import SIGN_IN_REGIONS
from iamsql.tables.names import ALL_TABLES, calls_of_tables, find_raw_tables, match_tables
from iamsql.tables.registry import all_tables

EARLIER_SECONDS = 60.0  # limit of a statement on an earlier run
LOCK_TIMEOUT = 120.0  # seconds: a sync that resumes a run copies its data under the lock


class SyncRun:
    """The state of one sync."""

    def __init__(self, options: Options, source: Source, progress: Progress, prior: PriorRun | None = None) -> None:
        """Check the options before the first request; `prior` is the run that is resumed. Raise IamsqlError."""
        self.catalog = open_action_catalog((*options.tables, *options.query_tables))
        options = replace(options, tables=match_tables(options.tables))
        self.options, self.source, self.progress, self.prior = options, source, progress, prior
        self.shard = parse_shard(options.shard)
        self.window = prior.window(source.now) if prior else window(options, start_time(options.as_of, source.now))
        # `--region all` needs the table of regions. () selects all calls; `on_demand_tables` limits the on-demand calls.
        regions = ("aws_region",) if options.regions == ALL_REGIONS else ()
        self.calls = calls_of_tables((*options.tables, *options.query_tables, *regions) if options.tables else ())
        if options.trail and options.trail != AUTO:
            parse_location(options.trail)
        self.policies = SessionPolicies(options, self.calls, self.on_demand_tables)
        self.api = ApiClient(source.sessions, options.max_calls, rate_limited=not options.demo)
        self.reader = OrganizationReader(self.api, ORG_CALLS)
        self.writer: RunWriter | None = None
        self.prior_events = PriorEvents()
        self.earlier_runs = StoredTables(options.runs, StatementLimits(EARLIER_SECONDS))
        self.reused: list[ReusedWindow] = []  # windows of trails that the resumed run has not copied yet
        self.phases = Phases()
        self.models_loaded: asyncio.Future[Any]
        self._printed_notes = 0
        self.finished_path = ""

    async def read_organization(self) -> Organization:
        """Identify the caller, read the organization and select the accounts. Raise IamsqlError."""
        org = await self.identify()
        await self.reader.read(org)
        await self.models_loaded
        self.select(org, len(org.accounts))
        return org

    async def identify(self) -> Organization:
        """Identify the caller, and start to load the models of services; `models_loaded` is the task. Raise IamsqlError."""
        options, sessions = self.options, self.source.sessions
        with self.phases.phase(CALLER_PHASE):
            identifying = asyncio.create_task(
                self.reader.identify(options.org_role, options.external_id, self.policies.organization)
            )
            await asyncio.sleep(0)  # the first requests are sent; the models are loaded while they wait for AWS
            services = dict.fromkeys(("organizations", *sorted({call.service for call in self.account_calls})))
            loading = asyncio.to_thread(sessions.load_services, [*services], sessions.home_region)
            self.models_loaded = ignore_exception(asyncio.create_task(loading))
            org = await identifying
        check_regions(sessions, org, options.regions)
        return org

    def select(self, org: Organization, last: int) -> None:
        """Select among the `last` accounts that were listed. Raise IamsqlError."""
        try:
            org.accounts[-last:] = select_accounts(org.accounts[-last:], self.options)
        except IamsqlError as error:  # the notes say if the organization could not be read
            raise IamsqlError("\n".join([*org.notes, str(error)])) from error

    @property
    def on_demand_tables(self) -> frozenset[str]:
        """Return the raw tables of the on-demand calls to make: for named tables, for a trail, and for all regions."""
        tables = all_tables() if ALL_TABLES in self.options.tables else self.options.tables
        tables_to_read = [
            *tables,
            *self.options.query_tables,
            *(["aws_cloudtrail_trail"] if self.options.trail else []),
        ]
        regions = [calls.REGIONS, calls.EC2_REGIONS] if self.options.regions == ALL_REGIONS else []
        return find_raw_tables(tables_to_read) | {call.raw for call in regions}

    @property
    def account_calls(self) -> list[Call]:
        """Return the calls that are made in an account, and their fallbacks."""
        tables = self.on_demand_tables
        calls = (call for call in self.calls if not (call.org or call.implicit))
        return [call for call in calls if not call.on_demand or call.raw in tables]

    def plan(self, org: Organization) -> CollectionPlan:
        """Return what to collect of every account."""
        options = self.options
        return CollectionPlan(
            self.calls,
            org.home_region,
            options.regions,
            {LOOKUP_EVENTS: SIGN_IN_REGIONS.get(org.partition, ())},
            options.fresh,
            options.trust_report,
            self.on_demand_tables,
        )

    def lookups(self, org: Organization) -> LookupConfig:
        """Return how to look up events."""
        options, window = self.options, (self.window.looked_up_from, self.window.end)
        return LookupConfig(options.events, options.regions, org.home_region, window, self.prior_events.lookups)

    def reads_unlisted(self, account_id: str) -> bool:
        """Return whether the log files of an account that the organization does not list are read, by this shard."""
        return self.shard is None or account_shard(account_id, self.shard.total) == self.shard

    def account_sessions(self, org: Organization) -> AccountSessions:
        """Return the sessions in the accounts."""
        return AccountSessions(self.api, org, self.options, self.policies.account)

    def read_rates(self, org: Organization) -> list[KnownRate]:
        """Return the rates that an earlier run found. Call this in a thread, before `open_file`."""
        return known_rates(self.earlier_runs, self._owners_of_earlier_runs(org), bool(self.options.demo))

    def open_file(self, org: Organization, calls: Sequence[CallKey]) -> RunWriter:
        """Find what earlier runs have, and create the file of the run. Call this in a thread. Raise IamsqlError."""
        row = run_row(org, self.options, self.window, self.notes(org), iso_seconds(self.source.now), self.prior)
        # `runs prune` deletes no run while the folder is locked. Afterwards, it keeps the runs that an unfinished file needs.
        with folder_lock(self.options.runs, LOCK_TIMEOUT):
            # Closed before the file is created, which may copy events from an earlier run.
            with self.earlier_runs:
                self._find_events(org)
            if self.prior:
                self.writer = resume_file(self.options.runs, row, org, self.reader, calls, self.prior)
            else:
                self.writer = create_file(self.options.runs, row, org.owner, self.shard)
        return self.writer

    def say_notes(self, org: Organization) -> None:
        """Say the notes about the window and the organization that were not said yet."""
        notes = self.notes(org)
        self._say_lines(notes[self._printed_notes :])
        self._printed_notes = len(notes)

    def notes(self, org: Organization) -> list[str]:
        """Return the notes about the window and the organization."""
        return [*self.window.notes, *org.notes]

    def _say_lines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.progress.say(line)

    def _find_events(self, org: Organization) -> None:
        """Find events in earlier runs, and drop data of the resumed run that is not valid any more."""
        options = self.options
        reads_events = options.events != (NONE,) or bool(options.trail) or self.prior is not None
        if reads_events and not options.no_reuse:
            # Log files of a trail reach back longer than LookupEvents.
            since = self.window.looked_up_from if not options.trail else self.window.start
            # An interrupted run may have windows of any earlier run.
            comparable_options = None if self.prior else json.loads(json.dumps(options.to_row()))
            self.prior_events = find_events(
                self.earlier_runs,
                self._owners_of_earlier_runs(org),
                options.demo,
                since,
                comparable_options,
                self.source.now,
            )
            self._say_lines(self.prior_events.notes)
        if self.prior:
            self.prior.restrict_to(org)
            self.progress.say(f"The data that run {self.prior.run_id} has is not requested again.")
            self.reused = self.prior.find_reused(self.prior_events)

    def _owners_of_earlier_runs(self, org: Organization) -> tuple[str, ...]:
        """Return the owners in the IDs of earlier runs that have data of this run's accounts."""
        return (org.owner, *([org.owner + self.shard.suffix] if self.shard else ()))

    def finished_at(self) -> datetime:
        """Return the end of the sync: the present time, or the time of the sample organization."""
        return self.source.now + timedelta(seconds=self.phases.seconds) if self.options.demo else datetime.now(UTC)

    def interrupted(self) -> str:
        """Write the waiting rows, and return the message about the interrupted run."""
        if self.finished_path:
            return f"Stopped, after the run file was complete: {self.finished_path}"
        if self.writer is None:
            return "Stopped; nothing was written."
        self.writer.insert_rows("rate_limits", self.api.rate_limits.known_rates())
        self.writer.flush()
        resume = command(replace(self.options, resume=True, retry_gaps=False))
        return f"Stopped. {self.writer.partial} has the data that was read; earlier runs are unchanged.\nResume with: {resume}"

    def close(self) -> None:
        """Stop the threads and close the files."""
        self.api.close()
        self.earlier_runs.close()
        if self.writer is not None:
            self.writer.close()
