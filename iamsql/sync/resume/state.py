"""The data of a resumed run. It is copied with its times, and only the missing calls are made.

A call of an account is not made again if its coverage has no gap. The organization is always read again, because its
accounts may have changed.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

from iamsql.aws.client import CallStats
from iamsql.aws.errors import Fault
from iamsql.aws.items import Parent
from iamsql.aws.organization_model import Organization
from iamsql.aws.plan import CallResult
from iamsql.model import Account, Call, IamsqlError
from iamsql.runs.directory import SHARD_SUFFIX_PATTERN
from iamsql.runs.file.rows import AccountResult, CoverageRow, EventCoverageRow, PriorWindow, ReusedWindow
from iamsql.runs.store.metadata import RunMetadata
from iamsql.runs.store.writer import RunWriter
from iamsql.sync.cloudtrail.lookup_plan import WRITES
from iamsql.sync.cloudtrail.reuse import COPIED, RAW, PriorEvents, copy_records, has_table
from iamsql.sync.cloudtrail.trail import PriorStream
from iamsql.sync.options import MAX_LOOKUP_DAYS, Window
from iamsql.tables.calls.account import CALLER, EVENTS
from iamsql.tables.registry import all_calls

NO_END = "infinity"
# Coverage has the region 'global' for calls without regions; their items have the region of the request. The items stay in
# AWS's order.
COPY_SQL = """
insert into raw."{raw}" select e.account_id, e.region, e.bound, e.item, e.synced_at from source.raw."{raw}" e
where exists (
  from temp.calls c where c.raw = '{raw}' and c.account_id = e.account_id and c.region in ('global', e.region))
order by e.rowid
"""
CALLS = "calls (raw, account_id, region)"


class CallKey(NamedTuple):
    """A call in one region of an account; the region of calls without regions is 'global'."""

    region: str
    service: str
    operation: str


@dataclass(frozen=True)
class PriorAccount:
    """The data of one account in the resumed run: coverage by call. `is_complete` is true if no call is missing.

    `reused` has the windows of look-ups by region. The events of these windows must still be copied from an earlier run.
    """

    account_id: str
    rows: Mapping[CallKey, CoverageRow]
    role_used: str | None
    is_complete: bool
    events: Sequence[EventCoverageRow] = ()
    reused: Sequence[tuple[str, PriorWindow]] = ()
    writer: RunWriter | None = None

    def result(self, call: Call, region: str) -> CallResult | None:
        """Return the result of a call in a region; None if the call has to be made."""
        row = self.rows.get(CallKey(region if call.regional else "global", call.service, call.operation))
        if row is None:
            return None
        fault = Fault(row.status, row.error_code, row.error_message or "") if row.error_code else None
        return CallResult(call, region, row.status, CallStats(items=row.items), fault, is_prior=True)

    def items(self, raw: str, region: str) -> list[Parent]:
        """Return the account's items in a raw table, as parents of other calls."""
        if self.writer is None:  # nothing has been copied: the account has no data in the resumed run
            return []
        sql = f'select bound, item from raw."{raw}" where account_id = ? and region = ? order by rowid'
        rows = self.writer.rows(sql, [self.account_id, region])
        return [Parent(json.loads(bound), json.loads(item)) for bound, item in rows]

    def account_result(self, account: Account) -> AccountResult:
        """Return the result of an account that is complete."""
        return self.add_events(AccountResult(account, self.role_used, "complete", None, list(self.rows.values())))

    def add_events(self, result: AccountResult, looked_up: Collection[str] = ()) -> AccountResult:
        """Add the event coverage to a result, except for the regions that were looked up in this session."""
        result.events += [row for row in self.events if row.region not in looked_up]
        reused = ((region, window) for region, window in self.reused if region not in looked_up)
        result.reused += [ReusedWindow("event_history", self.account_id, region, window) for region, window in reused]
        return result


NO_PRIOR = PriorAccount("", {}, None, is_complete=False)


@dataclass
class PriorRun:
    """The run that is resumed; `is_partial` if it was interrupted and continues under its own ID."""

    path: Path
    metadata: RunMetadata
    is_partial: bool
    gaps: int = 0  # rows of coverage that a retry may complete
    tables: frozenset[str] = frozenset()
    accounts: dict[str, PriorAccount] = field(default_factory=dict)
    trails: dict[str, dict[tuple[str, str], PriorStream]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)  # which calls are made again although the run has their coverage

    @property
    def run_id(self) -> str:
        """Return the ID of the run."""
        return self.metadata.run_id

    def window(self, now: datetime) -> Window:
        """Return the run's window of events; look-ups may no longer reach back to its start."""
        start, end = self.metadata.window_start or now, self.metadata.window_end or now
        return Window(start, end, min(max(start, now - timedelta(days=MAX_LOOKUP_DAYS)), end))

    def of(self, account_id: str) -> PriorAccount:
        """Return the data of an account in the run."""
        return self.accounts.get(account_id, NO_PRIOR)

    def restrict_to(self, org: Organization) -> None:
        """Drop accounts that are not to be read any more. Raise IamsqlError for a run of another organization."""
        owner, run_owner = org.owner, SHARD_SUFFIX_PATTERN.sub("", self.run_id.partition("-")[2])
        if owner != run_owner:
            is_unread = org.notes and not org.organization_id
            reason = f"; {org.notes[-1]}" if is_unread else f": the credentials are of {owner}."
            raise IamsqlError(
                f"{self.run_id} is a run of {run_owner}, which cannot be read now{reason}\n"
                "Nothing was changed. Use other credentials, or start a new run without --resume and --retry-gaps."
            )
        active = {
            account.account_id for account in org.accounts if account.selected and account.state in ("ACTIVE", "")
        }
        self.accounts = {account_id: prior for account_id, prior in self.accounts.items() if account_id in active}
        for url, streams in self.trails.items():
            self.trails[url] = {key: stream for key, stream in streams.items() if key[0] in active}

    def find_reused(self, earlier: PriorEvents) -> list[ReusedWindow]:
        """Find the events that an interrupted run has not copied yet from earlier runs; drop windows of deleted runs.

        Return the windows of trails; the windows of look-ups are added to the accounts.
        """
        if not self.is_partial:
            return []
        for account_id, prior in self.accounts.items():
            self.accounts[account_id] = _with_reused_windows(prior, earlier.lookups.get(account_id, {}))
        reused: list[ReusedWindow] = []
        for url, streams in self.trails.items():
            for key, stream in [*streams.items()]:
                run_id, window = stream.events.reused_from, earlier.trails.get(url, {}).get(key)
                if run_id and window and window.run_id == run_id:
                    reused.append(ReusedWindow("trail", *key, window))
                elif run_id:
                    del streams[key]
        return reused

    def lines(self, results: Sequence[AccountResult]) -> list[str]:
        """Return the line that counts the accounts with data of the resumed run."""
        with_data = {account_id for account_id, prior in self.accounts.items() if prior.rows}
        complete = {account_id for account_id in with_data if self.accounts[account_id].is_complete}
        time = f"{self.metadata.started_at:%Y-%m-%d %H:%M} UTC" if self.metadata.started_at else "an earlier time"
        source = "this run" if self.is_partial else f"run {self.run_id}"
        counts = f"{len(complete)} of {len(results)} accounts in full, {len(with_data - complete)} in part"
        return [f"Reused the data that {source} had read by {time}: {counts}."]

    def copy(self, writer: RunWriter, results: Sequence[AccountResult], caller: str, calls: Sequence[CallKey]) -> None:
        """Copy items and coverage to the new file in one transaction, and add a row for each call that is still to be made.

        `results` are the results of all accounts, `caller` is the caller's account. Raise IamsqlError.
        """
        raw_tables = [row for prior in self.accounts.values() for row in self._raw_tables(prior, caller)]
        copied = [["trail", *key, url, NO_END] for url, streams in self.trails.items() for key in streams]
        start, end = self.metadata.window_start, self.metadata.window_end
        with writer.attached(self.path, {CALLS: raw_tables, COPIED: copied}) as tables, writer.transaction():
            for raw in dict.fromkeys(raw for raw, _, _ in raw_tables):
                if not has_table(tables, f"raw.{raw}", RAW):
                    raise IamsqlError(
                        f"{self.run_id} has no table raw.{raw} as a sync makes it.\nStart a new run: iamsql sync"
                    )
                writer.execute(COPY_SQL.format(raw=raw))
                writer.add_copied(raw)
            if copied and start and end:
                copy_records(writer, tables, (start, end))
            read = [stream for streams in self.trails.values() for stream in streams.values()]
            coverage = [row for prior in self.accounts.values() for row in prior.rows.values()]
            coverage += [row for stream in read for row in stream.coverage]
            events = [row for prior in self.accounts.values() for row in prior.events]
            events += [stream.events for stream in read]
            writer.insert_rows("accounts", [result.values(position) for position, result in enumerate(results, 1)])
            writer.insert_rows("coverage", [row.values() for row in coverage])
            writer.insert_rows("event_coverage", [row.values() for row in events])
            writer.expect(calls)  # only calls that have no row yet, so after the copied rows
        for account_id, prior in self.accounts.items():
            self.accounts[account_id] = replace(prior, writer=writer)

    def _raw_tables(self, prior: PriorAccount, caller: str) -> Iterator[list[str]]:
        """Yield raw table, account and region of the items of an account that are copied."""
        for region, service, operation in prior.rows:
            for raw in _raw_tables_by_call().get((service, operation), ()):
                if f"raw.{raw}" in self.tables:
                    yield [raw, prior.account_id, region]
        # The identity of an assumed role is written when the role is assumed; the caller's is read again.
        if prior.is_complete and prior.account_id != caller and f"raw.{CALLER.raw}" in self.tables:
            yield [CALLER.raw, prior.account_id, "global"]


def _with_reused_windows(prior: PriorAccount, earlier: Mapping[str, Mapping[str, PriorWindow]]) -> PriorAccount:
    """Return an account with the windows to copy. A region loses its look-ups if the earlier run was deleted."""
    windows = {row: _find_window(earlier.get(row.region, {}), row) for row in prior.events}
    regions_to_repeat = {row.region for row, window in windows.items() if row.reused_from and window is None}
    rows = {
        key: row
        for key, row in prior.rows.items()
        if key.region not in regions_to_repeat or key.operation != EVENTS.operation
    }
    events = [row for row in prior.events if row.region not in regions_to_repeat]
    reused = [(row.region, window) for row, window in windows.items() if window and row.region not in regions_to_repeat]
    return replace(
        prior, rows=rows, is_complete=prior.is_complete and not regions_to_repeat, events=events, reused=reused
    )


def _find_window(windows: Mapping[str, PriorWindow], row: EventCoverageRow) -> PriorWindow | None:
    """Return the window that a look-up used: its own, or the window of all write events."""
    candidates = (windows.get(name) for name in (row.look_up or "", WRITES.name))
    return next((window for window in candidates if window and window.run_id == row.reused_from), None)


@cache
def _raw_tables_by_call() -> dict[tuple[str, str], list[str]]:
    """Map service and operation of each call of accounts to the raw tables that it fills."""
    by_call: dict[tuple[str, str], list[str]] = {}
    for call in all_calls():
        if not call.org and not call.implicit:
            by_call.setdefault((call.service, call.operation), []).append(call.raw)
    return by_call
