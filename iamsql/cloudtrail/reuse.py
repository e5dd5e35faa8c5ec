"""What an earlier run has read of events for days that are over: carried over from its file, not asked again.

An earlier run has a day when its window holds it, it was read completely, and the run began well after the day's end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from iamsql.cloudtrail.lookup import PriorWindow
from iamsql.model import IamsqlError
from iamsql.runfile.build import insert_records
from iamsql.runs import list_runs
from iamsql.schema.tables._calls import EVENTS, RECORDS
from iamsql.store.bounds import Bounds
from iamsql.store.held import Unopened
from iamsql.store.read import Reader, open_run
from iamsql.store.writer import RunWriter

Window = tuple[datetime, datetime]
Used = tuple[str, str, str, PriorWindow]  # source, account, region, and what of an earlier run goes into this one
Stored = Mapping[str, Mapping[str, str]]  # the columns of each table, with their types
# CloudTrail delivers within about 15 minutes, both to look-ups and to buckets (its documentation); this leaves room.
LATE = timedelta(hours=2)
RUNS = 5  # how many of the newest runs are looked into
PLACE = r"([0-9]{12})/CloudTrail/([^/]+)/"
CARRIED = "carried (source, account_id, region, look_up, until)"
READ = """
select source, account_id, region, look_up, window_end from iamsql.event_coverage
where status = 'ok' and look_up is not null and window_start <= $start
"""
LOOKED_UP = f"""
insert into raw."{EVENTS.raw}"
select e.account_id, e.region, e.bound, e.item, e.synced_at
from earlier.raw."{EVENTS.raw}" e
join temp.carried c on c.source = 'look-up' and c.account_id = e.account_id and c.region = e.region
  and c.look_up = concat(e.bound ->> '$.LookupAttributes[0].AttributeKey', '=', e.bound ->> '$.LookupAttributes[0].AttributeValue')
where try_cast(e.item ->> '$.EventTime' as timestamptz) < c.until::timestamptz
  and try_cast(e.item ->> '$.EventTime' as timestamptz) between timestamptz '{{}}' and timestamptz '{{}}'
order by e.rowid
"""
TEXT, DOCUMENT, TIME = "VARCHAR", "JSON", "TIMESTAMP WITH TIME ZONE"
Columns = Mapping[str, str]  # DuckDB's type of each
RAW: Columns = {"account_id": TEXT, "region": TEXT, "bound": DOCUMENT, "item": DOCUMENT, "synced_at": TIME}
EVENT: Columns = {"account_id": TEXT, "region": TEXT, "log_file": TEXT, "event": DOCUMENT, "synced_at": TIME}
COVERAGE_TABLE = "iamsql.event_coverage"
COVERAGE: Columns = {
    **dict.fromkeys(("source", "account_id", "region", "look_up", "status"), TEXT),
    **dict.fromkeys(("window_start", "window_end"), TIME),
}
# The tables of a run that may hold the records of log files, and the SELECT of these records.
RECORD_TABLES = (
    ("iamsql.events", EVENT, "select * from earlier.iamsql.events where log_file is not null"),
    (
        f"raw.{RECORDS.raw}",
        RAW,
        "select account_id, region, bound ->> '$.Key' as log_file, item as event, synced_at "
        f'from earlier.raw."{RECORDS.raw}"',
    ),
)
SECONDS = 60.0  # that a statement over an earlier run may take


@dataclass
class PriorEvents:
    """What earlier runs have: by account, region and look-up; and by trail, account and region. The newest run counts first."""

    paths: dict[str, Path] = field(default_factory=dict)  # by run
    look_ups: dict[str, dict[str, dict[str, PriorWindow]]] = field(default_factory=dict)
    trails: dict[str, dict[tuple[str, str], PriorWindow]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)  # why runs are not used

    def add(self, source: str, account_id: str, region: str, span: PriorWindow) -> None:
        """Note one span, where no newer run has it."""
        if source == "look-up":
            self.look_ups.setdefault(account_id, {}).setdefault(region, {}).setdefault(span.look_up, span)
        elif source == "trail":
            self.trails.setdefault(span.look_up, {}).setdefault((account_id, region), span)


def find(runs: Path, whose: str, demo: bool, start: datetime) -> PriorEvents:
    """Find what the newest runs of the same organization have of events since `start`, to the end of some later day.

    A run that cannot be read is not used, and `notes` of the result says why.
    """
    found = PriorEvents()
    for run in [one for one in list_runs(runs) if not one.partial and one.run_id.endswith(f"-{whose}")][:RUNS]:
        try:
            reader = open_run(run.path, bounds=Bounds(SECONDS))
            try:
                reader.require_checked()
                _spans(found, run.path, reader, demo, start)
            finally:
                reader.close()
        except IamsqlError as error:
            first = str(error).partition("\n")[0]
            found.notes.append(f"Events of run {run.run_id} are not carried over: {first}")
    return found


def _spans(found: PriorEvents, path: Path, reader: Reader, demo: bool, start: datetime) -> None:
    """Add what a run has, where its options and its age allow to carry it over."""
    facts = reader.facts
    options = facts.options
    stored = reader.stored_columns()
    if facts.started_at is None or bool(options.get("demo")) != demo or "import" in options:
        return
    if not has(stored, COVERAGE_TABLE, COVERAGE):  # the first run files had none
        return
    sources = {"look-up": has(stored, f"raw.{EVENTS.raw}", RAW), "trail": records_of(stored) is not None}
    for source, account_id, region, look_up, end in reader.run(READ, {"start": start}).rows:
        until = min(end, facts.started_at - LATE).astimezone(UTC)
        until = until.replace(hour=0, minute=0, second=0, microsecond=0)
        if until > start and sources.get(source):
            found.paths[facts.run_id] = path
            found.add(source, account_id, region, PriorWindow(until, facts.run_id, look_up))


def delivered(records: str) -> str:
    """Return the statement that makes the view `delivered` of records of an earlier run, those of the spans in `carried`.

    The account and region of a log file are those of its key; its records may name others.
    """
    return f"""
create or replace temp view delivered as
select e.account_id as account_hint, e.region as region_hint, e.event, 'trail' as found_by, e.log_file,
  null as looked_up, null as position, e.synced_at
from ({records}) e
join temp.carried c on c.source = 'trail'
  and c.account_id = regexp_extract(e.log_file, '{PLACE}', 1)
  and c.region = regexp_extract(e.log_file, '{PLACE}', 2)
where try_cast(e.event ->> '$.eventTime' as timestamptz) < c.until::timestamptz
"""


def has(stored: Stored, table: str, columns: Columns) -> bool:
    """Return whether a file has a table with these columns and types."""
    return stored.get(table, {}).items() >= columns.items()


def records_of(stored: Stored) -> str | None:
    """Return the SELECT of the records of log files that a file attached as `earlier` has; None where it has none."""
    return next((select for table, columns, select in RECORD_TABLES if has(stored, table, columns)), None)


def copy(landing: RunWriter, earlier: PriorEvents, used: Sequence[Used], window: Window) -> list[tuple[Used, str]]:
    """Copy the events of the spans that were used, all of a run or nothing.

    Return the spans of runs that cannot be read any more, each with the reason.
    """
    by_run: dict[str, list[Used]] = {}
    for span in used:
        by_run.setdefault(span[3].run_id, []).append(span)
    lost: list[tuple[Used, str]] = []
    for run_id, spans in by_run.items():
        try:
            _copy(landing, earlier.paths[run_id], spans, window)
        except Unopened as error:
            lost += [(span, f"run {run_id} cannot be read any more: {error.reason}") for span in spans]
    return lost


def _copy(landing: RunWriter, path: Path, spans: Sequence[Used], window: Window) -> None:
    """Copy the events of one earlier run; the look-ups of many names may use one span of all that writes."""
    rows = dict.fromkeys(
        (source, account, region, span.look_up, span.until.isoformat()) for source, account, region, span in spans
    )
    looked_up = LOOKED_UP.format(*(time.isoformat() for time in window))
    with landing.earlier(path, {CARRIED: list(rows)}) as stored, landing.transaction():
        if has(stored, f"raw.{EVENTS.raw}", RAW):
            landing.execute(looked_up)
        if select := records_of(stored):
            landing.execute(delivered(select))
            landing.execute(insert_records(window))
