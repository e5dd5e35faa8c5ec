"""SQL that fills iamsql.events with records of log files and events of look-ups, each event of an account once."""

from __future__ import annotations

from datetime import datetime

from iamsql.runs.store.writer import RunWriter
from iamsql.tables.calls.account import EVENTS
from iamsql.tables.fragments import events as _events
from iamsql.tables.fragments.events import EVENTS_TABLE

# Finding duplicates by their hashes first takes a tenth of the memory.
DUPLICATES_SQL = f"""
create or replace temp table duplicates as
select l.rowid as place, max(l.lookup_resources) over same as lookup_resources, min(l.position) over same as position,
  count(distinct l.data_source) over same > 1 as both_ways,
  row_number() over (partition by l.account_id, l.event_id order by l.log_file nulls last, l.rowid) as n
from {EVENTS_TABLE} l
semi join (
  select hash(account_id, event_id) as both from {EVENTS_TABLE} where event_id is not null group by all having count(*) > 1) d
  on d.both = hash(l.account_id, l.event_id)
where l.event_id is not null
window same as (partition by l.account_id, l.event_id)
"""
MERGE_SQL = f"""
update {EVENTS_TABLE} as l set lookup_resources = t.lookup_resources, position = t.position,
  data_source = case when t.both_ways then 'event_history, trail' else l.data_source end
from temp.duplicates t where t.place = l.rowid and t.n = 1
"""
DELETE_SQL = f"delete from {EVENTS_TABLE} where rowid in (select place from temp.duplicates where n > 1)"


def insert_records(window: tuple[datetime, datetime] | None = None) -> str:
    """Return the INSERT that adds the log file records of the view `delivered`, within a window."""
    select = _events.parse_records("from delivered")
    if window is None:
        return _events.insert_events(select)
    start, end = (f"timestamp '{time:%Y-%m-%d %H:%M:%S.%f}'" for time in window)
    within = f"event_time is null or (event_time >= {start} and event_time <= {end})"
    return _events.insert_events(f"select * from ({select}) where {within}")


def insert_looked_up() -> str:
    """Return the INSERT that adds the events that look-ups found."""
    return _events.insert_events(_events.parse_records(_events.lookup_batch(EVENTS.raw)))


def remove_duplicates(writer: RunWriter) -> None:
    """Delete duplicate events of an account. The record of a log file stays, with the columns that only the look-up has."""
    writer.execute(DUPLICATES_SQL)
    # Most runs have none, and an update reads all events.
    if writer.rows("select count(*) from temp.duplicates")[0][0]:
        writer.execute(MERGE_SQL)
        writer.execute(DELETE_SQL)
    writer.execute("drop table temp.duplicates")
