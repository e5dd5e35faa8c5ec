"""Read and copy the events of an earlier run file. Anybody may have written it, so tables and types are checked.

Both `--resume` and the reuse of events of completed days read earlier runs through this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from iamsql.runfile.events import insert_records
from iamsql.runfile.rows import EventCoverageRow
from iamsql.schema.tables._calls import RECORDS
from iamsql.store.reader import Reader
from iamsql.store.writer import RunWriter

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
    ("iamsql.events", EVENT, "select * from earlier.iamsql.events where log_file is not null"),
    (
        f"raw.{RECORDS.raw}",
        RAW,
        "select account_id, region, bound ->> '$.Key' as log_file, item as event, synced_at "
        f'from earlier.raw."{RECORDS.raw}"',
    ),
)
# The windows whose events are copied from a file that is attached as `earlier`.
COPIED = "reused (source, account_id, region, look_up, until)"
LOG_KEY = r"([0-9]{12})/CloudTrail/([^/]+)/"
# The casts limit the values of a file to the types of a run; a value of another type fails the query.
READ = """
select account_id::varchar, region::varchar, source::varchar, look_up::varchar, status::varchar, error_code::varchar,
  window_start::timestamptz::varchar, window_end::timestamptz::varchar, events::bigint, objects::bigint,
  reused_from::varchar, reused_until::timestamptz::varchar
from iamsql.event_coverage where status = 'ok' and look_up is not null and ($since::timestamptz is null or window_start <= $since)
"""


def has_table(tables: Tables, name: str, columns: Columns) -> bool:
    """Return whether a file has a table with these columns and types."""
    return tables.get(name, {}).items() >= columns.items()


def records_select(tables: Tables) -> str | None:
    """Return the SELECT of the log file records in a file that is attached as `earlier`; None if it has none."""
    return next((select for name, columns, select in RECORD_TABLES if has_table(tables, name, columns)), None)


def read_event_coverage(reader: Reader, since: datetime | None = None) -> list[EventCoverageRow]:
    """Return the complete look-ups and log streams of a run, with windows that start at `since` or earlier."""
    return [EventCoverageRow(*row) for row in reader.run(READ, {"since": since}).rows]


def copy_records(writer: RunWriter, tables: Tables, window: tuple[datetime, datetime]) -> None:
    """Copy the log file records of the windows in temp.reused from the file that is attached as `earlier`."""
    if select := records_select(tables):
        writer.execute(_delivered(select))
        writer.execute(insert_records(window))


def _delivered(records: str) -> str:
    """Return the statement that creates the view `delivered`: the records of the windows in temp.reused.

    The account and region are from the key of the log file, because records may contain others.
    """
    return f"""
create or replace temp view delivered as
select e.account_id as account_hint, e.region as region_hint, e.event, 'trail' as data_source, e.log_file,
  null as lookup_resources, null as position, e.synced_at
from ({records}) e
join temp.reused c on c.source = 'trail'
  and c.account_id = regexp_extract(e.log_file, '{LOG_KEY}', 1)
  and c.region = regexp_extract(e.log_file, '{LOG_KEY}', 2)
where try_cast(e.event ->> '$.eventTime' as timestamptz) < c.until::timestamptz
"""
