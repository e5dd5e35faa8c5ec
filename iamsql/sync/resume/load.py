"""Load the coverage of a run file: the calls of each account without missing data, and the events that were read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

from iamsql.catalog import shortened_list
from iamsql.render.cells import pluralize
from iamsql.runs.coverage.item_counts import MAX_SHOWN, differences_from_rows, items_select, raw_tables
from iamsql.runs.file.rows import CoverageRow, EventCoverageRow
from iamsql.runs.store.reader import Reader
from iamsql.sync.cloudtrail.report import LOG_FILE_CALLS
from iamsql.sync.cloudtrail.reuse import COVERAGE_TABLE, LOG_KEY, read_event_coverage, records_select
from iamsql.sync.cloudtrail.trail import PriorStream
from iamsql.sync.resume.state import CallKey, PriorAccount, PriorRun
from iamsql.tables.calls.account import ACTIONS, EVENTS
from iamsql.tables.registry import all_calls

FINAL_CODES = ("account_suspended", "account_closed", "account_pending")  # codes of gaps that a retry cannot close
TABLES_SQL = "select schema_name || '.' || table_name from system.main.duckdb_tables()"
STREAMS_SQL = f"""
select distinct regexp_extract(log_file, '{LOG_KEY}', 1), regexp_extract(log_file, '{LOG_KEY}', 2) from ({{records}})
"""
# The file may have been edited. A value that cannot be cast to the type of the column fails the query.
ACCOUNTS_SQL = "select account_id::varchar, outcome::varchar, role_used::varchar from iamsql.accounts"
COVERAGE_SQL = """
select account_id::varchar, account_name::varchar, region::varchar, service::varchar, operation::varchar, status::varchar,
  error_code::varchar, error_message::varchar, items::bigint, requests::bigint, throttles::bigint, retries::bigint,
  seconds::double, started_at::timestamptz::varchar from iamsql.coverage
where not (account_id is null or region is null or service is null or operation is null or status is null)
  and not (items is null or requests is null or throttles is null or retries is null or seconds is null)
"""


def load_prior_run(reader: Reader, is_partial: bool) -> PriorRun:
    """Load a run. Raise IamsqlError if the file does not have the tables of a run."""
    prior = PriorRun(reader.path, reader.metadata, is_partial)
    prior.tables = frozenset(name for (name,) in reader.run(TABLES_SQL).rows)
    reused_from = None if is_partial else reader.metadata.run_id
    rows = [replace(CoverageRow(*row), reused_from=reused_from) for row in reader.run(COVERAGE_SQL).rows]
    prior.gaps = sum(row.is_gap and row.error_code not in FINAL_CODES for row in rows)
    requested_again = _keys_to_request_again(reader, prior, rows)
    prior.gaps += len(requested_again)
    complete: dict[str, dict[CallKey, CoverageRow]] = {}
    for row in rows:
        if not row.is_gap and (row.service, row.operation) not in _calls_of_organization():
            calls = complete.setdefault(row.account_id, {})
            if row.key not in requested_again:
                calls[CallKey(row.region, row.service, row.operation)] = row
    lookups: dict[str, list[EventCoverageRow]] = {}
    streams = _streams_with_events(reader) if COVERAGE_TABLE in prior.tables else set()
    for event in read_event_coverage(reader) if COVERAGE_TABLE in prior.tables else []:
        if reused_from and not event.reused_from:
            event = replace(event, reused_from=reused_from, reused_until=event.window_end)
        if event.source == "event_history":
            lookups.setdefault(event.account_id, []).append(event)
        elif event.source == "trail" and (not event.events or (event.account_id, event.region) in streams):
            _add_stream(prior, complete.get(event.account_id, {}), event)
    roles = {account_id: role for account_id, outcome, role in reader.run(ACCOUNTS_SQL).rows if outcome == "complete"}
    incomplete = {account_id for account_id, *_ in requested_again}
    for account_id, calls in complete.items():
        is_complete = account_id in roles and account_id not in incomplete
        # Rows about log files belong to streams. Without event coverage, it is unknown which events were looked up. An incomplete
        # account may not have been selected in the earlier session.
        call_results = {
            key: row
            for key, row in calls.items()
            if (row.service, row.operation) not in LOG_FILE_CALLS
            and (row.operation != EVENTS.operation or COVERAGE_TABLE in prior.tables)
            and (is_complete or row.status != "skipped")
        }
        account_lookups = lookups.get(account_id, ())
        events = [
            event
            for event in account_lookups
            if CallKey(event.region, EVENTS.service, EVENTS.operation) in call_results
        ]
        prior.accounts[account_id] = PriorAccount(account_id, call_results, roles.get(account_id), is_complete, events)
    return prior


def _keys_to_request_again(reader: Reader, prior: PriorRun, rows: Sequence[CoverageRow]) -> set[tuple[str, ...]]:
    """Return the keys of complete calls whose items are not all in the file. Append a note about them to the run."""
    calls_without_table = {
        call for call, raws in raw_tables().items() if any(f"raw.{raw}" not in prior.tables for raw in raws)
    }
    incomplete = differences_from_rows(reader.run(items_select(prior.tables)).rows)
    incomplete_keys = {(row.account_id, row.region, row.service, row.operation) for row in incomplete}
    complete = [
        row for row in rows if row.status == "ok" and (row.service, row.operation) not in _calls_of_organization()
    ]
    requested_again = [
        row for row in complete if row.key in incomplete_keys or (row.service, row.operation) in calls_without_table
    ]
    if requested_again:
        calls = shortened_list(sorted({f"{row.service}:{row.operation}" for row in requested_again}), MAX_SHOWN)
        accounts = pluralize(len({row.account_id for row in requested_again}), "account")
        prior.notes.append(
            f"Requested again in {accounts}, because {prior.run_id} lacks items that its coverage counts: {calls}."
        )
    return {row.key for row in requested_again}


def _streams_with_events(reader: Reader) -> set[tuple[str, str]]:
    """Return the accounts and regions of the log files with events in the file."""
    select = records_select(reader.stored_columns(), "")
    return set(reader.run(STREAMS_SQL.format(records=select)).rows) if select else set()


def _add_stream(prior: PriorRun, complete: Mapping[CallKey, CoverageRow], event: EventCoverageRow) -> None:
    """Add the log stream of a trail, if its listing and reading are complete."""
    calls = [complete.get(CallKey(event.region, *call)) for call in LOG_FILE_CALLS]
    if all(calls):
        streams = prior.trails.setdefault(event.look_up or "", {})
        streams[event.account_id, event.region] = PriorStream(event, [row for row in calls if row])


@cache
def _calls_of_organization() -> frozenset[tuple[str, str]]:
    """Return service and operation of the calls of the organization, which are always made again."""
    calls = {(call.service, call.operation) for call in all_calls() if call.org}
    return frozenset(calls | {(ACTIONS.service, ACTIONS.operation)})
