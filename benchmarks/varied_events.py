"""A run file of an organization with varied CloudTrail events, for benchmarks of the lake: PATH EVENTS [ACCOUNTS [USERS [ROLES]]].

SQL makes the records, and the code that loads the log files of a trail parses them into iamsql.events.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import timedelta
from pathlib import Path

from benchmarks.large_organization import MANAGEMENT, Size, account_results, organization_coverage, write_items
from benchmarks.many_users import NOW, STAMP, finish, peak_memory
from iamsql.runs.file import build as runfile
from iamsql.runs.file.duplicate_events import insert_records
from iamsql.runs.file.rows import AccountResult, EventCoverageRow, RunRow, iso_seconds
from iamsql.runs.store.engine import Connection
from iamsql.runs.store.writer import RunWriter

DAYS = 90
START = NOW - timedelta(days=DAYS)
REGIONS = (
    "us-east-1 eu-west-1 us-west-2 eu-central-1 ap-southeast-1 us-east-2 eu-west-2 ap-northeast-1 ap-southeast-2 ca-central-1 "
    "eu-north-1 sa-east-1 ap-south-1 eu-west-3"
).split()
SIZE = Size(accounts=200, users=50, roles=30)
MEMORY = "3GB"
CATALOG, STATEMENTS = (Path(__file__).with_suffix(suffix) for suffix in (".csv", ".sql"))
READ_CATALOG = """
create temp table catalog as
select row_number() over () as line, * replace (coalesce(response, 'null') as response, coalesce(errors, '') as errors,
  coalesce(resource, '') as resource)
from read_csv(?, delim = ';', quote = '', escape = '', header = true, columns = {
  'weight': 'bigint', 'source': 'varchar', 'names': 'varchar', 'actors': 'varchar', 'errors': 'varchar', 'request': 'varchar',
  'response': 'varchar', 'resource': 'varchar'})
"""
# A log file for each account, region and hour.
DELIVERED = f"""
create temp view delivered as
select r.account_id as account_hint, r.region as region_hint, r.event, 'trail' as data_source, concat(
    'AWSLogs/o-made/', r.account_id, '/CloudTrail/', r.region, strftime(r.moment, '/%Y/%m/%d/'),
    r.account_id, '_CloudTrail_', r.region, strftime(r.moment, '_%Y%m%dT%H00Z_'),
    substr(md5(concat(r.account_id, r.region, strftime(r.moment, '%Y%m%dT%H'))), 1, 16), '.json.gz'
  ) as log_file, null as lookup_resources, null as position, timestamptz '{STAMP}' as synced_at
from records r
"""


def build(path: Path, events: int, size: Size = SIZE, days: int = DAYS) -> dict[str, float]:
    """Build the run file; return the seconds of the events and of the tables, the peak memory and the file size in bytes."""
    window = (iso_seconds(NOW - timedelta(days=days)), STAMP)
    run = RunRow(path.stem, STAMP, f"arn:aws:iam::{MANAGEMENT}:user/bench", "aws", "o-made", MANAGEMENT, window)
    writer = runfile.create(path, run, MEMORY, [CATALOG.parent])
    write_items(writer, size)
    start = time.perf_counter()
    add_events(writer, events, size, days)
    added = time.perf_counter()
    results = account_results(size)
    add_coverage(writer, results, window)
    finish(writer, results, list(organization_coverage()))
    seconds = {"events": added - start, "tables": time.perf_counter() - added}
    return seconds | {"peak": peak_memory(), "size": path.stat().st_size}


def add_events(writer: RunWriter, events: int, size: Size, days: int = DAYS) -> None:
    """Insert the events of log files."""
    with writer.side_connection() as connection:
        connection.execute("use r")
        prepare(connection, events, size, days)
        connection.execute(DELIVERED)
        connection.execute(insert_records())


def prepare(connection: Connection, events: int, size: Size, days: int) -> None:
    """Create the view `records`, with the records of the events in the order of log files."""
    scale = (
        "create temp table scale as select ? as events, ? as days, ? as accounts, ? as users, ? as roles, ? as regions"
    )
    values = [events, days, size.accounts, size.users, size.roles, REGIONS]
    connection.execute(f"{scale}, ?::timestamp as first", [*values, (NOW - timedelta(days=days)).replace(tzinfo=None)])
    connection.execute(READ_CATALOG, [str(CATALOG)])
    for statement in STATEMENTS.read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            connection.execute(statement)


def add_coverage(writer: RunWriter, results: list[AccountResult], window: tuple[str, str]) -> None:
    """Write the rows of iamsql.event_coverage: the trail has the events of each account and region in the window."""
    counts = dict[str, list[tuple[str, int, int]]]()
    counted = (
        "select account_id, region, count(*), count(distinct log_file) from iamsql.events group by all order by all"
    )
    for account_id, region, events, files in writer.rows(counted):
        counts.setdefault(account_id, []).append((region, events, files))
    for result in results:
        account_id = result.account.account_id
        for region, events, files in counts.get(account_id, []):
            row = (account_id, region, "trail", "s3://logs-o-made", "ok", None, *window, events, files)
            result.events.append(EventCoverageRow(*row))
    writer.journal.add([], [row for result in results for row in result.events])


def main() -> None:
    """Build a run file, and print the figures as JSON."""
    path, events, *counts = sys.argv[1:]
    names = ("accounts", "users", "roles")
    size = Size(
        **{"users": SIZE.users, "roles": SIZE.roles, "accounts": SIZE.accounts}
        | dict(zip(names, map(int, counts), strict=False))
    )
    print(json.dumps(build(Path(path), int(events), size)))


if __name__ == "__main__":
    main()
