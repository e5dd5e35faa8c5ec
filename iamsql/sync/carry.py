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
from iamsql.runfile import records_select
from iamsql.runs import list_runs
from iamsql.store.read import Reader, open_run
from iamsql.store.write import Landing
from iamsql.tables._calls import EVENTS, RECORDS
from iamsql.views._events import NAME

Window = tuple[datetime, datetime]
# CloudTrail delivers within about 15 minutes, both to look-ups and to buckets (its documentation); this leaves room.
LATE = timedelta(hours=2)
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
where try_cast(e.item ->> '$.EventTime' as timestamptz) < c.until
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
  and contains(e.bound ->> '$.Key', concat('/', c.account_id, '/CloudTrail/', c.region, '/'))
where try_cast(e.item ->> '$.eventTime' as timestamptz) < c.until
"""


@dataclass
class Earlier:
    """An earlier run and what it has: by account, region and look-up; and by trail, account and region."""

    path: Path
    run_id: str
    look_ups: dict[str, dict[str, dict[str, Span]]] = field(default_factory=dict)
    trails: dict[str, dict[tuple[str, str], Span]] = field(default_factory=dict)

    def add(self, source: str, account_id: str, region: str, look_up: str, until: datetime) -> None:
        """Note one span."""
        span = Span(until, self.run_id, look_up)
        if source == "look-up":
            self.look_ups.setdefault(account_id, {}).setdefault(region, {})[look_up] = span
        elif source == "trail":
            self.trails.setdefault(look_up, {})[account_id, region] = span


def find(runs: Path, whose: str, demo: bool, start: datetime) -> Earlier | None:
    """Find the newest run of the same organization whose events reach back to `start`, and to the end of a later day."""
    for run in list_runs(runs):
        if run.partial or not run.run_id.endswith(f"-{whose}"):
            continue
        try:
            reader = open_run(run.path)
        except IamsqlError:  # no run, or one that is damaged: there is nothing to carry over
            continue
        try:
            found = _spans(run.path, reader, demo, start)
        finally:
            reader.close()
        if found.look_ups or found.trails:
            return found
    return None


def _spans(path: Path, reader: Reader, demo: bool, start: datetime) -> Earlier:
    """List what a run has, where its options and its age allow to carry it over."""
    facts = reader.facts
    found = Earlier(path, facts.run_id)
    options = facts.options
    if facts.started_at is None or bool(options.get("demo")) != demo or "import" in options or not _has(reader):
        return found
    for source, account_id, region, look_up, end in reader.run(READ, {"start": start}).rows:
        until = min(end, facts.started_at - LATE).astimezone(UTC)
        until = until.replace(hour=0, minute=0, second=0, microsecond=0)
        if until > start:
            found.add(source, account_id, region, look_up, until)
    return found


def _has(reader: Reader) -> bool:
    sql = "select count(*) from duckdb_tables() where schema_name = 'iamsql' and table_name = 'event_coverage'"
    return bool(reader.run(sql).rows[0][0])


def copy(landing: Landing, earlier: Earlier, used: Sequence[tuple[str, str, str, Span]], window: Window) -> None:
    """Copy the events of the spans that were gone by: (source, account, region, span) each."""
    spans = ((source, account, region, span.look_up, span.until.isoformat()) for source, account, region, span in used)
    if rows := list(dict.fromkeys(spans)):  # the look-ups of many names may go by one of all that writes
        events = f"insert into main.{NAME} {records_select(window)}"
        looked_up = LOOKED_UP.format(*(time.isoformat() for time in window))
        landing.carry(earlier.path, rows, (looked_up, DELIVERED, events))
