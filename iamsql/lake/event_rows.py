"""Write the new events of a run to Parquet files of a lake, one for each region and day.

An event is identified by its account and ID; an event without an ID, by its record. The column lake_run has the first run
that contains the event, so a reader at a run sees the events of this run and earlier ones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from iamsql.lake.model import EventFile
from iamsql.runs.store.limits import StatementLimits
from iamsql.runs.store.reader import Reader, open_run
from iamsql.sqltext import literal
from iamsql.tables.fragments.events import ADDED_COLUMNS, EVENTS_TABLE, STORED_COLUMNS

STATEMENT_LIMITS = StatementLimits(
    seconds=0, memory=10**9
)  # a million events need no more; more events use temporary files
OTHER_REGION, UNKNOWN_DAY = "other", "unknown"  # the folders of events with an invalid region, and without a valid time
REGION_SQL = (
    f"case when regexp_full_match(region, '[a-z0-9-]+') and length(region) <= 40 then region else '{OTHER_REGION}' end"
)
# A record can have any text as its time.
VALID_TIME_SQL = "event_time between timestamp '1000-01-01' and timestamp '9999-12-31 23:59:59'"
DAY_SQL = f"case when {VALID_TIME_SQL} then strftime(event_time, '%Y-%m-%d') else '{UNKNOWN_DAY}' end"
# The record is the largest column. It is read only for the few events without an ID.
CREATE_KEYS_SQL = """
create or replace temp table lake_keys as
select account_id, id, min(lake_run) as lake_run from (
  select account_id, event_id as id, lake_run from {files} where event_id is not null
  union all select account_id, md5(cast(event as varchar)), lake_run from {files} where event_id is null)
group by all
"""
CREATE_EMPTY_KEYS_SQL = "create or replace temp table lake_keys (account_id varchar, id varchar, lake_run varchar)"
STORED_COLUMN_NAMES_SQL = (
    "select column_name from duckdb_columns() where schema_name = 'iamsql' and table_name = 'events'"
)
CREATE_EVENTS_VIEW_SQL = f"""
create or replace temp view lake_events as
select {{columns}}, {REGION_SQL} as event_region, {DAY_SQL} as event_day, e.rowid as place,
  coalesce(event_id, md5(cast(event as varchar))) as id
from {EVENTS_TABLE} e
"""
# The regions and days of events that a later run has already added.
DAYS_OF_LATER_RUNS_SQL = """
select distinct e.event_region, e.event_day from lake_events e
join lake_keys k on k.account_id is not distinct from e.account_id and k.id = e.id where k.lake_run > $run
"""
ALL_EVENTS_SQL = f"select {', '.join(STORED_COLUMNS)}, {{run}} as lake_run, event_region, event_day from lake_events e"
NEW_EVENTS_SQL = f"""
{ALL_EVENTS_SQL}
where not exists (from lake_keys k where k.account_id is not distinct from e.account_id and k.id = e.id)
"""
RETAGGED_EVENTS_SQL = f"""
select {", ".join(f"f.{name}" for name in STORED_COLUMNS)},
  case when e.id is not null and f.lake_run > {{run}} then {{run}} else f.lake_run end as lake_run,
  f.event_region, f.event_day
from (
  select *, {REGION_SQL} as event_region, {DAY_SQL} as event_day, coalesce(event_id, md5(cast(event as varchar))) as id
  from {{files}}) f
left join (select distinct account_id, id from lake_events) e on e.account_id is not distinct from f.account_id and e.id = f.id
"""
# The events of several days are written at once. More events would be sorted with temporary files, for twice the CPU time.
MAX_GROUP_EVENTS = 250_000
EVENT_COUNTS_SQL = """
select event_day, sum(events)::bigint, max(events)
from (select event_region, event_day, count(*) as events from lake_events group by all) group by event_day order by event_day
"""
# The records are text: DuckDB would parse each record of a row group when it reads a column of JSON.
WRITE_EVENTS_SQL = """
copy (
  select * replace (cast(event as varchar) as event) from ({select}) where event_day between {first} and {last}
  order by event_region, event_day, event_name, event_time
) to {folder} (
  format parquet, compression zstd, row_group_size {rows}, partition_by (event_region, event_day), overwrite_or_ignore)
"""
# A query for some event names decompresses every row group that contains one of these names, so small row groups are faster.
# Each row group adds to the metadata that every query reads, so large files have larger ones.
MIN_ROW_GROUP_ROWS, MAX_ROW_GROUP_ROWS = 2_048, 16_384  # rows of a row group; DuckDB writes no smaller one
ROW_GROUPS_PER_FILE = 8  # of a file, between these limits
FILE_PROPERTIES_SQL = f"""
select filename, count(*), strftime(min(event_time) filter ({VALID_TIME_SQL}), '%Y-%m-%dT%H:%M:%SZ'),
  strftime(max(event_time) filter ({VALID_TIME_SQL}), '%Y-%m-%dT%H:%M:%SZ'), list_sort(list(distinct lake_run))
from read_parquet({{files}}, filename = true, hive_partitioning = false) group by filename order by filename
"""


@dataclass(frozen=True)
class StagedEvents:
    """A local file of events, with its facts as in `EventFile`."""

    path: Path
    region: str
    day: str
    rows: int
    first: str
    last: str
    runs: tuple[str, ...]


@dataclass(frozen=True)
class DayGroup:
    """Consecutive days whose events are written at once, and the events of the largest file."""

    first: str
    last: str
    largest: int


@dataclass(frozen=True)
class EventChange:
    """The files to add to a lake, and the paths of the files that they replace."""

    added: Sequence[StagedEvents] = ()
    replaced: frozenset[str] = frozenset()


def event_partitions(reader: Reader) -> set[tuple[str, str]]:
    """Return the regions and days of the events of a run."""
    return set(reader.query(f"select distinct {REGION_SQL}, {DAY_SQL} from {EVENTS_TABLE}"))


def write_events(
    run: Path, run_id: str, existing_files: Mapping[Path, EventFile], folder: Path
) -> Iterator[EventChange]:
    """Write the events of a run that are not in the existing files of its regions and days. The keys are local paths.

    A later run that was added first may have stored some of these events. The files of their regions and days are then written
    again, and the events belong to this run. Yield the files of each group of days when they are written; the first group has
    the files that are replaced.
    """
    with closing(open_run(run, read=[*existing_files], write_under=folder, limits=STATEMENT_LIMITS)) as reader:
        reader.execute(
            CREATE_KEYS_SQL.format(files=_scan_of_files(existing_files)) if existing_files else CREATE_EMPTY_KEYS_SQL
        )
        present_columns = {name for (name,) in reader.query(STORED_COLUMN_NAMES_SQL)}
        columns = (
            f"{ADDED_COLUMNS[name]} as {name}" if name in ADDED_COLUMNS.keys() - present_columns else name
            for name in STORED_COLUMNS
        )
        reader.execute(CREATE_EVENTS_VIEW_SQL.format(columns=", ".join(columns)))
        days_of_later_runs = set(reader.query(DAYS_OF_LATER_RUNS_SQL, {"run": run_id})) if existing_files else set()
        replaced_files = {
            path: file for path, file in existing_files.items() if (file.region, file.day) in days_of_later_runs
        }
        select = (NEW_EVENTS_SQL if existing_files else ALL_EVENTS_SQL).format(run=literal(run_id))
        if replaced_files:
            select += " union all " + RETAGGED_EVENTS_SQL.format(
                run=literal(run_id), files=_scan_of_files(replaced_files)
            )
        replaced_paths = frozenset(file.file.path for file in replaced_files.values())
        for number, group in enumerate(group_days(reader.query(EVENT_COUNTS_SQL))):
            # DuckDB may create folders in `folder`, but must not inspect `folder` itself.
            target = folder / f"events{number}"
            days = {"first": literal(group.first), "last": literal(group.last)}
            reader.execute(
                WRITE_EVENTS_SQL.format(
                    select=select, folder=literal(target), rows=row_group_rows(group.largest), **days
                )
            )
            yield EventChange(tuple(_staged_events(reader, target)), frozenset() if number else replaced_paths)


def group_days(days: Iterable[tuple[str, int, int]]) -> Iterator[DayGroup]:
    """Yield groups of consecutive days with at most MAX_GROUP_EVENTS events, or of a single day.

    `days` has the sorted days, their numbers of events, and the numbers of events of their largest regions.
    """
    group: list[tuple[str, int, int]] = []
    for day in days:
        if group and sum(events for _, events, _ in (*group, day)) > MAX_GROUP_EVENTS:
            yield _group_of_days(group)
            group = []
        group.append(day)
    if group:
        yield _group_of_days(group)


def _group_of_days(days: Sequence[tuple[str, int, int]]) -> DayGroup:
    return DayGroup(days[0][0], days[-1][0], max(largest for *_, largest in days))


def row_group_rows(events: int) -> int:
    """Return the rows of the row groups of a file with this number of events."""
    return min(
        max(events // ROW_GROUPS_PER_FILE // MIN_ROW_GROUP_ROWS * MIN_ROW_GROUP_ROWS, MIN_ROW_GROUP_ROWS),
        MAX_ROW_GROUP_ROWS,
    )


def _scan_of_files(paths: Collection[Path]) -> str:
    return f"read_parquet([{', '.join(map(literal, paths))}], hive_partitioning = false)"


def _staged_events(reader: Reader, folder: Path) -> Iterator[StagedEvents]:
    paths = sorted(folder.rglob("*.parquet"))
    if not paths:
        return
    for name, rows, first, last, runs in reader.query(
        FILE_PROPERTIES_SQL.format(files=f"[{', '.join(map(literal, paths))}]")
    ):
        path = Path(name)
        region, day = (part.partition("=")[2] for part in path.relative_to(folder).parts[:2])
        yield StagedEvents(path, region, day, rows, first or "", last or "", tuple(runs))
