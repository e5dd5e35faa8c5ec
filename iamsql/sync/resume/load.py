"""Load the coverage of a run file: the calls of each account without missing data, and the events that were read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

from iamsql.cloudtrail.prior_run import COVERAGE_TABLE, read_event_coverage
from iamsql.cloudtrail.report import SERVICE
from iamsql.cloudtrail.trail import PriorStream
from iamsql.runfile.rows import CoverageRow, EventCoverageRow
from iamsql.schema.registry import all_calls
from iamsql.schema.tables._calls import ACTIONS, EVENTS
from iamsql.store.reader import Reader
from iamsql.sync.resume.state import CallKey, PriorAccount, PriorRun

FINAL_CODES = ("account_suspended", "account_closed", "account_pending")  # codes of gaps that a retry cannot close
TABLES = "select schema_name || '.' || table_name from system.main.duckdb_tables()"
# The file may have been edited. A value that cannot be cast to the type of the column fails the query.
ACCOUNTS = "select account_id::varchar, outcome::varchar, role_used::varchar from iamsql.accounts"
COVERAGE = """
select account_id::varchar, account_name::varchar, region::varchar, service::varchar, operation::varchar, status::varchar,
  error_code::varchar, error_message::varchar, items::bigint, requests::bigint, throttles::bigint, retries::bigint,
  seconds::double, started_at::timestamptz::varchar from iamsql.coverage
where not (account_id is null or region is null or service is null or operation is null or status is null)
  and not (items is null or requests is null or throttles is null or retries is null or seconds is null)
"""
Rows = dict[CallKey, CoverageRow]


def load_prior_run(reader: Reader, is_partial: bool) -> PriorRun:
    """Load a run. Raises IamsqlError if the file does not have the tables of a run."""
    prior = PriorRun(reader.path, reader.facts, is_partial)
    prior.tables = frozenset(name for (name,) in reader.run(TABLES).rows)
    reused_from = None if is_partial else reader.facts.run_id
    rows = [replace(CoverageRow(*row), reused_from=reused_from) for row in reader.run(COVERAGE).rows]
    prior.gaps = sum(row.is_gap and row.error_code not in FINAL_CODES for row in rows)
    events = read_event_coverage(reader) if COVERAGE_TABLE in prior.tables else []
    events = [_reused_row(row, reused_from) for row in events]
    roles = {account_id: role for account_id, outcome, role in reader.run(ACCOUNTS).rows if outcome == "read"}
    complete: dict[str, Rows] = {}
    for row in rows:
        if not row.is_gap and (row.service, row.operation) not in _calls_of_organization():
            complete.setdefault(row.account_id, {})[CallKey(row.region, row.service, row.operation)] = row
    _add_accounts(prior, complete, roles, [row for row in events if row.source == "look-up"])
    _add_trails(prior, complete, [row for row in events if row.source == "trail"])
    return prior


def _add_accounts(
    prior: PriorRun,
    complete: Mapping[str, Rows],
    roles: Mapping[str, str | None],
    events: Sequence[EventCoverageRow],
) -> None:
    """Add the accounts with their complete calls and look-ups; `roles` has the accounts that are complete."""
    looked_up: dict[str, list[EventCoverageRow]] = {}
    for event in events:
        looked_up.setdefault(event.account_id, []).append(event)
    for account_id, rows in complete.items():
        # Rows about log files belong to streams. Without event coverage, it is unknown which events were looked up.
        own = {
            key: row
            for key, row in rows.items()
            if row.service != SERVICE and (row.operation != EVENTS.operation or COVERAGE_TABLE in prior.tables)
        }
        if account_id not in roles:  # the account may not have been selected then
            own = {key: row for key, row in own.items() if row.status != "skipped"}
        prior_rows = [
            event
            for event in looked_up.get(account_id, ())
            if CallKey(event.region, EVENTS.service, EVENTS.operation) in own
        ]
        prior.accounts[account_id] = PriorAccount(
            account_id, own, roles.get(account_id), account_id in roles, prior_rows
        )


def _add_trails(prior: PriorRun, complete: Mapping[str, Rows], events: Sequence[EventCoverageRow]) -> None:
    """Add the log streams whose listing and reading are complete."""
    for event in events:
        rows = complete.get(event.account_id, {})
        calls = [rows.get(CallKey(event.region, SERVICE, name)) for name in ("ListObjectsV2", "GetObject")]
        if all(calls):
            streams = prior.trails.setdefault(event.look_up or "", {})
            streams[event.account_id, event.region] = PriorStream(event, [row for row in calls if row])


def _reused_row(row: EventCoverageRow, run_id: str | None) -> EventCoverageRow:
    """Set the run that the events come from, unless the row has an earlier run already."""
    if not run_id or row.reused_from:
        return row
    return replace(row, reused_from=run_id, reused_until=row.window_end)


@cache
def _calls_of_organization() -> frozenset[tuple[str, str]]:
    """Return service and operation of the calls of the organization, which are always made again."""
    calls = {(call.service, call.operation) for call in all_calls() if call.org}
    return frozenset(calls | {(ACTIONS.service, ACTIONS.operation)})
