"""Events of earlier run files: the events of completed days are copied instead of requested again, including by `--resume`.

An earlier run has a day if its window contains the day, the day was read completely, and the run began well after its end.
The file may come from anyone, so its tables and types are checked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from iamsql.model import IamsqlError
from iamsql.runs.directory import list_runs
from iamsql.runs.file.duplicate_events import insert_records
from iamsql.runs.file.rows import EventCoverageRow, PriorWindow, ReusedWindow
from iamsql.runs.store.metadata import RunMetadata
from iamsql.runs.store.open_errors import OpenError
from iamsql.runs.store.reader import Reader
from iamsql.runs.store.stored_tables import AttachedRun, StoredTables
from iamsql.runs.store.writer import RunWriter
from iamsql.tables.calls.account import EVENTS, RECORDS

Window = tuple[datetime, datetime]
# CloudTrail delivers within about 15 minutes, both to look-ups and to buckets (CloudTrail documentation).
DELIVERY_DELAY = timedelta(hours=2)
MAX_RUNS = 5  # newest runs that are read
COPY_LOOKED_UP = f"""
insert into raw."{EVENTS.raw}"
select e.account_id, e.region, e.bound, e.item, e.synced_at
from source.raw."{EVENTS.raw}" e
join temp.reused c on c.source = 'event_history' and c.account_id = e.account_id and c.region = e.region
  and c.look_up = concat(e.bound ->> '$.LookupAttributes[0].AttributeKey', '=', e.bound ->> '$.LookupAttributes[0].AttributeValue')
where try_cast(e.item ->> '$.EventTime' as timestamptz) < c.until::timestamptz
  and try_cast(e.item ->> '$.EventTime' as timestamptz) between timestamptz '{{}}' and timestamptz '{{}}'
order by e.rowid
"""
Columns = Mapping[str, str]  # column names to DuckDB types
Tables = Mapping[str, Columns]  # columns of each stored table
TEXT, DOCUMENT, TIME = "VARCHAR", "JSON", "TIMESTAMP WITH TIME ZONE"
RAW: Columns = {"account_id": TEXT, "region": TEXT, "bound": DOCUMENT, "item": DOCUMENT, "synced_at": TIME}
EVENT: Columns = {"account_id": TEXT, "region": TEXT, "log_file": TEXT, "event": DOCUMENT, "synced_at": TIME}
COVERAGE_TABLE = "iamsql.event_coverage"
COVERAGE: Columns = {
    **dict.fromkeys(("source", "account_id", "region", "look_up", "status"), TEXT),
    **dict.fromkeys(("window_start", "window_end"), TIME),
}
# The tables that may contain the records of log files, and the SELECT of these records.
RECORD_TABLES = (
    ("iamsql.events", EVENT, "select * from {prefix}iamsql.events where log_file is not null"),
    (
        f"raw.{RECORDS.raw}",
        RAW,
        "select account_id, region, bound ->> '$.Key' as log_file, item as event, synced_at "
        f'from {{prefix}}raw."{RECORDS.raw}"',
    ),
)
# The windows of the events that are copied from a file that is attached as `earlier`.
COPIED = "reused (source, account_id, region, look_up, until)"
LOG_KEY = r"([0-9]{{12}})/CloudTrail/([^/]+)/"  # the braces are doubled for str.format
# The records of the windows in temp.reused. The account and region are from the key of the log file, because records may
# contain others.
DELIVERED = f"""
create or replace temp view delivered as
select e.account_id as account_hint, e.region as region_hint, e.event, 'trail' as data_source, e.log_file,
  null as lookup_resources, null as position, e.synced_at
from ({{records}}) e
join temp.reused c on c.source = 'trail'
  and c.account_id = regexp_extract(e.log_file, '{LOG_KEY}', 1)
  and c.region = regexp_extract(e.log_file, '{LOG_KEY}', 2)
where try_cast(e.event ->> '$.eventTime' as timestamptz) < c.until::timestamptz
"""
# The casts limit the values of a file to the types of a run; a value of another type fails the query.
READ = """
select account_id::varchar, region::varchar, source::varchar, look_up::varchar, status::varchar, error_code::varchar,
  window_start::timestamptz::varchar, window_end::timestamptz::varchar, events::bigint, objects::bigint,
  reused_from::varchar, reused_until::timestamptz::varchar
from {table} where status = 'ok' and look_up is not null and ($since::timestamptz is null or window_start <= $since)
"""


@dataclass
class PriorEvents:
    """The windows of earlier runs, the newest first: by account, region and look-up; by trail, account and region."""

    paths: dict[str, Path] = field(default_factory=dict)  # by run ID
    lookups: dict[str, dict[str, dict[str, PriorWindow]]] = field(default_factory=dict)
    trails: dict[str, dict[tuple[str, str], PriorWindow]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)  # why runs are not used


def find_events(
    files: StoredTables,
    owners: Collection[str],
    demo: bool | str,
    start: datetime,
    options: Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> PriorEvents:
    """Find the events since `start` in the newest runs of the owners that started before `now`, each until a midnight (UTC).

    A run that cannot be read is not used; `notes` of the result contain the reason. Runs before a complete run with the
    same `options` are not read, because it has the same windows.
    """
    prior = PriorEvents()
    runs = list_runs(files.folder)
    complete = [run for run in runs if not run.partial and run.run_id.partition("-")[2] in owners]
    for run in complete[:MAX_RUNS]:
        try:
            earlier = files.run(run.path)
            if _is_of_source(earlier.metadata, demo, now):
                _add_windows_of_run(prior, earlier, start)
            if earlier.metadata.status == "complete" and earlier.metadata.options == options:
                break
        except IamsqlError as error:
            reason = str(error).partition("\n")[0]
            prior.notes.append(f"Events of run {run.run_id} are not reused: {reason}")
    return prior


def _is_of_source(run: RunMetadata, demo: bool | str, now: datetime | None) -> bool:
    """Return whether a run has the events of the same source. An import does not have them, and the sample is not AWS.

    A run of a later day of the sample organization has events that have not happened yet.
    """
    if run.started_at is None or (run.options.get("demo") or False) != demo or "import" in run.options:
        return False
    return not demo or now is None or run.started_at <= now


def _add_windows_of_run(prior: PriorEvents, earlier: AttachedRun, start: datetime) -> None:
    """Add the windows of a run, each until a midnight (UTC). A window of a newer run takes precedence."""
    run, tables = earlier.metadata, earlier.columns
    if run.started_at is None:
        return
    if not has_table(tables, COVERAGE_TABLE, COVERAGE):
        return
    sources = {
        "event_history": has_table(tables, f"raw.{EVENTS.raw}", RAW),
        "trail": records_select(tables) is not None,
    }
    read = READ.format(table=f"{{run}}.{COVERAGE_TABLE}")
    for row in (EventCoverageRow(*values) for values in earlier.rows(read, {"since": start})):
        if row.window_end is None or not sources.get(row.source):
            continue
        until = min(datetime.fromisoformat(row.window_end), run.started_at - DELIVERY_DELAY).astimezone(UTC)
        # Log files are stored by day, so events are reused until the start of a day.
        until = until.replace(hour=0, minute=0, second=0, microsecond=0)
        if until > start:
            prior.paths[run.run_id] = earlier.path
            window = PriorWindow(until, run.run_id, row.look_up or "")
            # A newer run that has the window takes precedence.
            if row.source == "trail":
                prior.trails.setdefault(window.name, {}).setdefault((row.account_id, row.region), window)
            else:
                regions = prior.lookups.setdefault(row.account_id, {})
                regions.setdefault(row.region, {}).setdefault(window.name, window)


def copy_events(
    writer: RunWriter, prior: PriorEvents, reused: Sequence[ReusedWindow], window: Window
) -> list[tuple[ReusedWindow, str]]:
    """Copy the events of earlier runs; of each run, all windows or none.

    Return the windows that cannot be copied, each with the reason.
    """
    by_run: dict[str, list[ReusedWindow]] = {}
    for reused_window in reused:
        by_run.setdefault(reused_window.prior.run_id, []).append(reused_window)
    failed_windows: list[tuple[ReusedWindow, str]] = []
    for run_id, windows in by_run.items():
        try:
            _copy_from_run(writer, prior.paths[run_id], windows, window)
        except OpenError as error:
            failed_windows += [
                (reused_window, f"run {run_id} cannot be read any more: {error.reason}") for reused_window in windows
            ]
    return failed_windows


def _copy_from_run(writer: RunWriter, path: Path, reused: Sequence[ReusedWindow], window: Window) -> None:
    """Copy the events of one earlier run; the look-ups of many names may use one window of all write events."""
    rows = dict.fromkeys(
        (source, account, region, prior.name, prior.until.isoformat()) for source, account, region, prior in reused
    )
    looked_up = COPY_LOOKED_UP.format(*(time.isoformat() for time in window))
    with writer.attached(path, {COPIED: list(rows)}) as tables, writer.transaction():
        if has_table(tables, f"raw.{EVENTS.raw}", RAW):
            writer.execute(looked_up)
            writer.add_copied(EVENTS.raw)
        copy_records(writer, tables, window)


def has_table(tables: Tables, name: str, columns: Columns) -> bool:
    """Return whether a file has a table with these columns and types."""
    return tables.get(name, {}).items() >= columns.items()


def records_select(tables: Tables, prefix: str = "source.") -> str | None:
    """Return the SELECT of the log file records in a file; None if it has none. `prefix` is the name of its database."""
    selects = (select for name, columns, select in RECORD_TABLES if has_table(tables, name, columns))
    return next((select.format(prefix=prefix) for select in selects), None)


def read_event_coverage(reader: Reader) -> list[EventCoverageRow]:
    """Return the complete look-ups and log streams of a run."""
    return [EventCoverageRow(*row) for row in reader.run(READ.format(table=COVERAGE_TABLE), {"since": None}).rows]


def copy_records(writer: RunWriter, tables: Tables, window: tuple[datetime, datetime]) -> None:
    """Copy the log file records of the windows in temp.reused from the file that is attached as `earlier`."""
    if select := records_select(tables):
        writer.execute(DELIVERED.format(records=select))
        writer.execute(insert_records(window))
