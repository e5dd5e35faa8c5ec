"""What an earlier run, finished or cut off, has read: it is kept, with its time, and only the rest is asked.

A pair of account and call is kept where its coverage says that nothing of it is missing. What reads the organization is
asked anew: the accounts may be others now.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from iamsql.aws.client import CallStats
from iamsql.aws.errors import Fault
from iamsql.aws.organization import Organization
from iamsql.aws.plan import CallResult, Parent
from iamsql.cloudtrail.lookup import WRITES, PriorWindow
from iamsql.cloudtrail.reuse import CARRIED, RAW, PriorEvents, Used, delivered, has, records_of
from iamsql.model import Account, Call, IamsqlError
from iamsql.runfile.build import AccountResult, CoverageRow, EventCoverageRow, insert_records
from iamsql.schema.registry import all_calls
from iamsql.schema.tables._calls import CALLER, EVENTS
from iamsql.store.read import Facts
from iamsql.store.writer import RunWriter
from iamsql.sync.options import LONGEST, Window

Key = tuple[str, str, str]  # region, service, operation
FOR_EVER = "infinity"
COPY = """
insert into raw."{raw}" select e.account_id, e.region, e.bound, e.item, e.synced_at from earlier.raw."{raw}" e
where exists (
  from temp.kept k where k.raw = '{raw}' and k.account_id = e.account_id and k.region in ('global', e.region))
order by e.rowid
"""
KEPT = "kept (raw, account_id, region)"


@dataclass(frozen=True)
class PriorAccount:
    """What is kept of one account: its rows of coverage by region and call; `whole` where nothing is missing."""

    account_id: str
    rows: Mapping[Key, CoverageRow]
    role_used: str | None
    whole: bool
    events: Sequence[EventCoverageRow] = ()
    carried: Sequence[tuple[str, PriorWindow]] = ()  # by region: what of its look-ups an even earlier run has
    landing: RunWriter | None = None

    def outcome(self, call: Call, region: str) -> CallResult | None:
        """Tell how a call fared in a region, where that is kept."""
        row = self.rows.get((region if call.regional else "global", call.service, call.operation))
        if row is None:
            return None
        fault = Fault(row.status, row.error_code, row.error_message or "") if row.error_code else None
        return CallResult(call, region, row.status, CallStats(items=row.items), fault, is_prior=True)

    def items(self, raw: str, region: str) -> list[Parent]:
        """Give what a raw table has of the account: parents of further calls."""
        if self.landing is None:
            return []
        sql = f'select bound, item from raw."{raw}" where account_id = ? and region = ? order by rowid'
        found = self.landing.rows(sql, [self.account_id, region])
        return [(json.loads(bound), json.loads(item)) for bound, item in found]

    def visit(self, account: Account) -> AccountResult:
        """Give the visit of an account that was read in full."""
        return self.joined(AccountResult(account, self.role_used, "read", None, list(self.rows.values())))

    def joined(self, visit: AccountResult, asked: Collection[str] = ()) -> AccountResult:
        """Add to a visit what is kept of events; `asked` are the regions in which they were looked up this time."""
        visit.events += [one for one in self.events if one.region not in asked]
        kept = ((region, span) for region, span in self.carried if region not in asked)
        visit.carried += [("look-up", self.account_id, region, span) for region, span in kept]
        return visit


NOTHING = PriorAccount("", {}, None, False)


@dataclass
class PriorRun:
    """An earlier run and what it has; `partial` where it was cut off, and goes on in its own name."""

    path: Path
    facts: Facts
    partial: bool
    gaps: int = 0  # rows of coverage that asking again may close
    tables: frozenset[str] = frozenset()
    accounts: dict[str, PriorAccount] = field(default_factory=dict)
    trails: dict[str, dict[tuple[str, str], tuple[EventCoverageRow, list[CoverageRow]]]] = field(default_factory=dict)

    @property
    def run_id(self) -> str:
        """Name the earlier run."""
        return self.facts.run_id

    def window(self, now: datetime) -> Window:
        """Give the window of events: that of the earlier run, of which look-ups may not reach back to all any more."""
        start, end = self.facts.window_start or now, self.facts.window_end or now
        return Window(start, end, min(max(start, now - timedelta(days=LONGEST)), end))

    def of(self, account_id: str) -> PriorAccount:
        """Give what is kept of an account."""
        return self.accounts.get(account_id, NOTHING)

    def hold(self, org: Organization) -> None:
        """Keep what is of accounts that are to be read still; raise IamsqlError where this is another organization."""
        now, before = org.organization_id or org.caller_account, self.run_id.partition("-")[2]
        if now != before:
            why = f"; {org.notes[-1]}" if org.notes and not org.organization_id else f": the credentials are of {now}."
            raise IamsqlError(
                f"{self.run_id} is a run of {before}, which cannot be read now{why}\n"
                "Nothing was changed. Name other credentials, or begin anew without --resume and --retry-gaps."
            )
        active = {one.account_id for one in org.accounts if one.selected and one.state in ("ACTIVE", "")}
        self.accounts = {name: one for name, one in self.accounts.items() if name in active}
        for place, stacks in self.trails.items():
            self.trails[place] = {where: one for where, one in stacks.items() if where[0] in active}

    def join(self, earlier: PriorEvents) -> list[Used]:
        """Find what a run that was cut off had still to copy from runs before it; what they do not have is asked again.

        Answers what is to be copied of trails; what is to be copied of look-ups stands in the accounts.
        """
        if not self.partial:
            return []
        for account_id, one in self.accounts.items():
            spans = {
                read: _span(earlier.look_ups.get(account_id, {}).get(read.region, {}), read) for read in one.events
            }
            lost = {read.region for read, span in spans.items() if read.carried_from and span is None}
            rows = {key: row for key, row in one.rows.items() if key[0] not in lost or key[2] != EVENTS.operation}
            events = [read for read in one.events if read.region not in lost]
            carried = [(read.region, span) for read, span in spans.items() if span and read.region not in lost]
            kept = replace(one, rows=rows, whole=one.whole and not lost, events=events, carried=carried)
            self.accounts[account_id] = kept
        used: list[Used] = []
        for place, held in self.trails.items():
            for where, (read, _) in [*held.items()]:
                span = earlier.trails.get(place, {}).get(where)
                if read.carried_from and span and span.run_id == read.carried_from:
                    used.append(("trail", *where, span))
                elif read.carried_from:
                    del held[where]
        return used

    def lines(self, visits: Sequence[AccountResult]) -> list[str]:
        """Say what was kept of the accounts that were visited."""
        held = {name for name, one in self.accounts.items() if one.rows}
        whole = {name for name in held if self.accounts[name].whole}
        of = f"{self.facts.started_at:%Y-%m-%d %H:%M} UTC" if self.facts.started_at else "an earlier time"
        what = "what this run had read" if self.partial else f"what run {self.run_id} had read"
        return [f"Kept {what} by {of}: {len(whole)} of {len(visits)} accounts in full, {len(held - whole)} in part."]

    def copy(self, landing: RunWriter, visits: Sequence[AccountResult], own: str, calls: Sequence[Key]) -> None:
        """Copy what is kept into the new file, all of it or nothing, and note what is still to come; `own` is the caller."""
        kept = [row for one in self.accounts.values() for row in self._raws(one, own)]
        stacks = [(place, *where) for place, held in self.trails.items() for where in held]
        carried = [["trail", account, region, place, FOR_EVER] for place, account, region in stacks]
        window = (self.facts.window_start, self.facts.window_end)
        with landing.earlier(self.path, {KEPT: kept, CARRIED: carried}) as stored, landing.transaction():
            for raw in dict.fromkeys(raw for raw, _, _ in kept):
                if not has(stored, f"raw.{raw}", RAW):
                    raise IamsqlError(
                        f"{self.run_id} has no table raw.{raw} as a sync makes it.\nBegin anew: iamsql sync"
                    )
                landing.execute(COPY.format(raw=raw))
                landing.filled_tables.add(raw)
            if carried and window[0] and window[1] and (select := records_of(stored)):
                landing.execute(delivered(select))
                landing.execute(insert_records((window[0], window[1])))
            landing.insert_rows("accounts", [visit.values(place) for place, visit in enumerate(visits, 1)])
            landing.insert_rows("coverage", [row.values() for row in self._coverage()])
            landing.insert_rows("event_coverage", [one.values() for one in self._events()])
            landing.expect(calls)
        for held in self.accounts:
            self.accounts[held] = replace(self.accounts[held], landing=landing)

    def _raws(self, one: PriorAccount, own: str) -> Iterator[list[str]]:
        """Name the raw tables, with account and region, that hold what is kept of an account."""
        for region, service, operation in one.rows:
            for raw in _raw_tables().get((service, operation), ()):
                if f"raw.{raw}" in self.tables:
                    yield [raw, one.account_id, region]
        if one.whole and one.account_id != own and f"raw.{CALLER.raw}" in self.tables:
            yield [CALLER.raw, one.account_id, "global"]

    def _coverage(self) -> Iterator[CoverageRow]:
        for one in self.accounts.values():
            yield from one.rows.values()
        for held in self.trails.values():
            for _, rows in held.values():
                yield from rows

    def _events(self) -> Iterator[EventCoverageRow]:
        for one in self.accounts.values():
            yield from one.events
        for held in self.trails.values():
            yield from (read for read, _ in held.values())


def _span(spans: Mapping[str, PriorWindow], read: EventCoverageRow) -> PriorWindow | None:
    """Find the span that a look-up went by: its own, or that of all that writes."""
    found = (spans.get(name) for name in (read.look_up or "", WRITES.name))
    return next((span for span in found if span and span.run_id == read.carried_from), None)


@cache
def _raw_tables() -> dict[tuple[str, str], list[str]]:
    """Map each call of accounts to the raw tables that it fills."""
    found: dict[tuple[str, str], list[str]] = {}
    for call in all_calls():
        if not call.org and not call.entered:
            found.setdefault((call.service, call.operation), []).append(call.raw)
    return found
