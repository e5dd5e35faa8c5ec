"""What an earlier run has read of events for days that are over: carried over from its file, not asked again.

An earlier run has a day when its window holds it, it was read completely, and the run began well after the day's end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from iamsql.aws.lookups import Span
from iamsql.model import IamsqlError
from iamsql.runfile import records_insert
from iamsql.runs import list_runs
from iamsql.store.read import Reader, open_run
from iamsql.store.write import Landing
from iamsql.tables._calls import EVENTS, RECORDS

Window = tuple[datetime, datetime]
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
# A log file's own account and region are those of its key; its records may say others.
DELIVERED = f"""
create or replace temp view delivered as
select e.account_id as account_hint, e.region as region_hint, e.item as event, 'trail' as found_by,
  e.bound ->> '$.Key' as log_file, null as looked_up, null as position, e.synced_at
from earlier.raw."{RECORDS.raw}" e
join temp.carried c on c.source = 'trail'
  and c.account_id = regexp_extract(e.bound ->> '$.Key', '{PLACE}', 1)
  and c.region = regexp_extract(e.bound ->> '$.Key', '{PLACE}', 2)
where try_cast(e.item ->> '$.eventTime' as timestamptz) < c.until::timestamptz
"""


@dataclass
class Earlier:
    """What earlier runs have: by account, region and look-up; and by trail, account and region. The newest run counts first."""

    paths: dict[str, Path] = field(default_factory=dict)  # by run
    look_ups: dict[str, dict[str, dict[str, Span]]] = field(default_factory=dict)
    trails: dict[str, dict[tuple[str, str], Span]] = field(default_factory=dict)

    def add(self, source: str, account_id: str, region: str, span: Span) -> None:
        """Note one span, where no newer run has it."""
        if source == "look-up":
            self.look_ups.setdefault(account_id, {}).setdefault(region, {}).setdefault(span.look_up, span)
        elif source == "trail":
            self.trails.setdefault(span.look_up, {}).setdefault((account_id, region), span)


def find(runs: Path, whose: str, demo: bool, start: datetime) -> Earlier:
    """Find what the newest runs of the same organization have of events since `start`, to the end of some later day."""
    found = Earlier()
    for run in [one for one in list_runs(runs) if not one.partial and one.run_id.endswith(f"-{whose}")][:RUNS]:
        try:
            reader = open_run(run.path)
        except IamsqlError:  # no run, or one that is damaged: there is nothing to carry over
            continue
        try:
            _spans(found, run.path, reader, demo, start)
        finally:
            reader.close()
    return found


def _spans(found: Earlier, path: Path, reader: Reader, demo: bool, start: datetime) -> None:
    """Add what a run has, where its options and its age allow to carry it over."""
    facts = reader.facts
    options = facts.options
    if facts.started_at is None or bool(options.get("demo")) != demo or "import" in options or not _has(reader):
        return
    for source, account_id, region, look_up, end in reader.run(READ, {"start": start}).rows:
        until = min(end, facts.started_at - LATE).astimezone(UTC)
        until = until.replace(hour=0, minute=0, second=0, microsecond=0)
        if until > start:
            found.paths[facts.run_id] = path
            found.add(source, account_id, region, Span(until, facts.run_id, look_up))


def _has(reader: Reader) -> bool:
    sql = "select count(*) from duckdb_tables() where schema_name = 'iamsql' and table_name = 'event_coverage'"
    return bool(reader.run(sql).rows[0][0])


def copy(landing: Landing, earlier: Earlier, used: Sequence[tuple[str, str, str, Span]], window: Window) -> None:
    """Copy the events of the spans that were gone by: (source, account, region, span) each."""
    by_run: dict[str, dict[tuple[str, ...], None]] = {}  # the look-ups of many names may go by one of all that writes
    for source, account, region, span in used:
        row = (source, account, region, span.look_up, span.until.isoformat())
        by_run.setdefault(span.run_id, {})[row] = None
    events = records_insert(window)
    looked_up = LOOKED_UP.format(*(time.isoformat() for time in window))
    for run_id, rows in by_run.items():
        with landing.earlier(earlier.paths[run_id], {CARRIED: list(rows)}):
            for statement in (looked_up, DELIVERED, events):
                landing.execute(statement)
