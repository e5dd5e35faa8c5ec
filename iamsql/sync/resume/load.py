"""Read what an earlier run has: the pairs of account and call of which nothing is missing, and the events that it read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from iamsql.runfile.build import CoverageRow, EventCoverageRow
from iamsql.schema.registry import all_calls
from iamsql.schema.tables._calls import ACTIONS, EVENTS
from iamsql.store.read import Reader
from iamsql.sync.resume.state import Key, PriorAccount, PriorRun
from iamsql.sync.summary import TRAIL

NEVER_TRIED = ("account_suspended", "account_closed", "account_pending")  # codes of gaps that no asking can close
_COVERED_EVENTS = "iamsql.event_coverage"  # the first run files had none
TABLES = "select schema_name || '.' || table_name from system.main.duckdb_tables()"
# The casts hold what may be anybody's file to the types of a run; a value that has none of them is an error of the query.
READ = "select account_id::varchar, outcome::varchar, role_used::varchar from iamsql.accounts"
COVERAGE = """
select account_id::varchar, account_name::varchar, region::varchar, service::varchar, operation::varchar, status::varchar,
  error_code::varchar, error_message::varchar, items::bigint, trips::bigint, throttles::bigint, retries::bigint,
  seconds::double, started_at::timestamptz::varchar from iamsql.coverage
where not (account_id is null or region is null or service is null or operation is null or status is null)
  and not (items is null or trips is null or throttles is null or retries is null or seconds is null)
"""
EVENTS_READ = """
select account_id::varchar, region::varchar, source::varchar, look_up::varchar, status::varchar, error_code::varchar,
  window_start::timestamptz::varchar, window_end::timestamptz::varchar, events::bigint, objects::bigint,
  carried_from::varchar, carried_until::timestamptz::varchar
from iamsql.event_coverage where status = 'ok' and look_up is not null
"""


def read(reader: Reader, partial: bool) -> PriorRun:
    """Read what an earlier run has."""
    facts = reader.facts
    kept = PriorRun(reader.path, facts, partial)
    kept.tables = frozenset(name for (name,) in reader.run(TABLES).rows)
    carried = None if partial else facts.run_id
    rows = [replace(CoverageRow(*row), carried_from=carried) for row in reader.run(COVERAGE).rows]
    kept.gaps = sum(row.is_gap and row.error_code not in NEVER_TRIED for row in rows)
    events = [_taken(EventCoverageRow(*row), carried) for row in _event_rows(reader, kept)]
    whole = {account: role for account, outcome, role in reader.run(READ).rows if outcome == "read"}
    fine: dict[str, dict[Key, CoverageRow]] = {}
    for row in rows:
        if not row.is_gap and (row.service, row.operation) not in _not_of_accounts():
            fine.setdefault(row.account_id, {})[row.region, row.service, row.operation] = row
    looked_up: dict[str, list[EventCoverageRow]] = {}
    for one in (one for one in events if one.source == "look-up"):
        looked_up.setdefault(one.account_id, []).append(one)
    for account_id, held in fine.items():
        own = {
            key: row
            for key, row in held.items()
            if row.service != TRAIL and (row.operation != EVENTS.operation or _COVERED_EVENTS in kept.tables)
        }
        if account_id not in whole:  # what was not asked for is told anew
            own = {key: row for key, row in own.items() if row.status != "skipped"}
        keeping = [
            one for one in looked_up.get(account_id, ()) if (one.region, EVENTS.service, EVENTS.operation) in own
        ]
        kept.accounts[account_id] = PriorAccount(account_id, own, whole.get(account_id), account_id in whole, keeping)
    for one in (one for one in events if one.source == "trail"):
        calls = [fine.get(one.account_id, {}).get((one.region, TRAIL, name)) for name in ("ListObjectsV2", "GetObject")]
        if all(calls):
            found = kept.trails.setdefault(one.look_up or "", {})
            found[one.account_id, one.region] = one, [row for row in calls if row]
    return kept


def _event_rows(reader: Reader, kept: PriorRun) -> Sequence[tuple[Any, ...]]:
    return reader.run(EVENTS_READ).rows if _COVERED_EVENTS in kept.tables else []


def _taken(one: EventCoverageRow, run_id: str | None) -> EventCoverageRow:
    """Say from which run the events were taken, and until when they are; those of a run before it are said to be already."""
    return replace(one, carried_from=run_id, carried_until=one.window_end) if run_id and not one.carried_from else one


@cache
def _not_of_accounts() -> frozenset[tuple[str, str]]:
    """Name the calls that read the organization, which stand under one account and are made anew."""
    org = {(call.service, call.operation) for call in all_calls() if call.org}
    return frozenset(org | {(ACTIONS.service, ACTIONS.operation)})
