"""The steps of a sync that overlap: list the accounts, open the file, read units, policies, accounts and a trail, fill tables.

An account is entered as soon as AWS has listed it, unless the selection of accounts, or a resumed run, needs the whole list.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from iamsql.aws.organization_model import Organization
from iamsql.model import Account
from iamsql.runs.file.rows import AccountResult, CoverageRow, iso_seconds
from iamsql.runs.store.writer import RunWriter
from iamsql.sync.account import AccountSync
from iamsql.sync.cloudtrail.report import TrailResult
from iamsql.sync.cloudtrail.trail import TrailReader
from iamsql.sync.context import SyncRun
from iamsql.sync.coverage import expected_calls
from iamsql.sync.create_file import add_accounts, set_units
from iamsql.sync.fill import TableFiller
from iamsql.sync.organization import collect_organization, organization_rows, write_action_catalog
from iamsql.sync.phases import FILE_PHASE, LISTING_PHASE, ORGANIZATION_PHASE, TRAIL_PHASE
from iamsql.sync.selection import needs_all_accounts, needs_units


@asynccontextmanager
async def task_group() -> AsyncIterator[asyncio.TaskGroup]:
    """Wait for the tasks that are created in the enclosed statements; if some fail, cancel the others and raise the first error."""
    try:
        async with asyncio.TaskGroup() as tasks:
            yield tasks
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from failed


class Steps:
    """The steps of one sync. They set `trail`, and `coverage` with the rows that do not belong to an account."""

    def __init__(self, run: SyncRun, org: Organization, tasks: asyncio.TaskGroup) -> None:
        """Prepare the steps of a run. The organization has been described."""
        self._run, self._org, self._tasks = run, org, tasks
        self._plan, self.sessions = run.plan(org), run.account_sessions(org)
        self._filler = TableFiller(org, [call for call in self._plan.calls if not call.implicit], run.phases)
        # IDs that the organization does not list are an error. A resumed run drops accounts that are not listed any more.
        self._waits = bool(run.prior) or needs_all_accounts(run.options)
        self._pages: asyncio.Queue[list[Account]] = asyncio.Queue()  # accounts to enter, and [] at the end
        # All accounts are listed, selected, and in the file.
        self._listed, self._selected, self._all_entered = (asyncio.Event() for _ in range(3))
        self._started, self._entered, self._done = time.monotonic(), 0, 0  # selected accounts
        self._accounts: list[asyncio.Task[AccountResult]] = []
        self.trail = TrailResult()
        self.coverage: list[CoverageRow] = []

    def start(self) -> None:
        """Start all steps; each waits for the steps that it depends on."""
        create = self._tasks.create_task
        self._rates = create(self._use_known_rates())
        self._units = create(self._read_units())
        self._opened = create(self._open_file())
        for step in (
            self._list_accounts,
            self._enter_accounts,
            self._read_organization,
            self._read_trail,
            self._fill_tables,
        ):
            create(step())

    @property
    def results(self) -> list[AccountResult]:
        """Return the results of the accounts in the order of the organization, when the steps are finished."""
        return [task.result() for task in self._accounts]

    @property
    def writer(self) -> RunWriter:
        """Return the writer of the file, when the steps are finished."""
        return self._opened.result().writer

    def record(self, result: AccountResult) -> None:
        """Record a result that changed after its account was collected."""
        self._opened.result().record(result)

    @property
    def filled(self) -> frozenset[str]:
        """Return the tables that were filled."""
        return self._filler.filled

    # -- the accounts and the file ---------------------------------------------------------------------------------------

    async def _list_accounts(self) -> None:
        """Put the accounts into the queue, with `selected` set, as soon as they are listed and can be selected. Raise IamsqlError.

        The list does not wait for the file, because the units are read after it.
        """
        run, org, waits = self._run, self._org, self._waits
        async for page in run.reader.list_accounts(org):
            run.phases.note(LISTING_PHASE)
            if not waits:
                run.select(org, len(page))
                self._pages.put_nowait(org.accounts[-len(page) :])
        self._listed.set()
        if waits:
            if run.prior or needs_units(run.options):
                await self._units
            run.select(org, len(org.accounts))
        self._selected.set()
        if waits:
            self._pages.put_nowait(org.accounts)
        self._pages.put_nowait([])

    async def _open_file(self) -> AccountSync:
        """Open the run file, if possible while the accounts are listed, and return the object that collects accounts into it."""
        run, org = self._run, self._org
        await self._rates
        if self._waits:
            run.earlier_runs.close()  # while a file is open, another process cannot resume its run
            await self._selected.wait()
        with run.phases.phase(FILE_PHASE):
            writer = await asyncio.to_thread(run.open_file, org, expected_calls(self._plan))
        run.say_notes(org)
        if not run.prior:
            run.reader.write(org, writer)
        self.coverage += write_action_catalog(run.catalog, org, writer, iso_seconds(run.source.now), run.shard)
        writer.journal.add(self.coverage)
        lookups = run.lookups(org)
        return AccountSync(
            run.api, writer, org, self._plan, self.sessions, lookups, self._filler, run.phases, run.prior
        )

    async def _use_known_rates(self) -> None:
        """Start from the rates of an earlier run."""
        rates = await asyncio.to_thread(self._run.read_rates, self._org)
        self._run.api.rate_limits.use(rates)

    async def _enter_accounts(self) -> None:
        """Start the collection of each account when it is listed."""
        run = self._run
        sync = await self._opened
        while accounts := await self._pages.get():
            if not run.prior:
                add_accounts(sync.writer, accounts, len(self._accounts), expected_calls(self._plan))
            self._entered += sum(account.selected for account in accounts)
            if not self._accounts:
                run.progress.start(self._entered)
            self._accounts += [self._tasks.create_task(self._collect_account(sync, account)) for account in accounts]
        self._all_entered.set()
        self._filler.finish_list()

    async def _collect_account(self, sync: AccountSync, account: Account) -> AccountResult:
        result = await sync.collect(account)
        sync.record(result)
        self._filler.finish_account(account.account_id)
        self._done += account.selected
        elapsed, api = time.monotonic() - self._started, self._run.api
        remaining_seconds = elapsed / self._done * (self._entered - self._done) if self._done else None
        self._run.progress.update(self._done, self._entered, api.calls, api.throttles, remaining_seconds)
        return result

    # -- the organization, the trail and the tables ----------------------------------------------------------------------

    async def _read_units(self) -> None:
        # After the list of accounts: its pages would otherwise wait for the quota of Organizations.
        await self._listed.wait()
        await self._rates
        if self._run.shard and not (self._run.shard.reads_organization or needs_units(self._run.options)):
            return
        with self._run.phases.phase(ORGANIZATION_PHASE):
            await self._run.reader.read_units(self._org)

    async def _read_organization(self) -> None:
        """Read policies and other data of the organization, and store its units and its coverage."""
        run, org = self._run, self._org
        await self._selected.wait()
        writer = (await self._opened).writer
        with run.phases.phase(ORGANIZATION_PHASE):
            rows = await collect_organization(run.api, org, self._plan, self.sessions, writer, self._units, run.shard)
        await self._units
        await self._all_entered.wait()
        read = organization_rows(org, run.shard)
        if not run.prior:
            set_units(writer, org.accounts)
        writer.journal.add(read)
        self.coverage += read + rows
        self._filler.finish_organization()

    async def _read_trail(self) -> None:
        """Read the trail of --trail."""
        run, options = self._run, self._run.options
        if not options.trail:
            return
        await self._selected.wait()
        reader = TrailReader(
            api=run.api,
            writer=(await self._opened).writer,
            org=self._org,
            url=options.trail,
            window=(run.window.start, run.window.end),
            regions=options.regions,
            role=options.trail_role,
            external_id=options.external_id,
            policy=run.policies.trail,
            reusable=run.prior_events.trails,
            prior=run.prior.trails if run.prior else {},
            reads_unlisted=run.reads_unlisted,
        )
        with run.phases.phase(TRAIL_PHASE):
            self.trail = await reader.read()

    async def _fill_tables(self) -> None:
        """Fill tables early. A trail needs the memory, so a run with a trail fills them at its end."""
        if not self._run.options.trail:
            await self._filler.run((await self._opened).writer)
