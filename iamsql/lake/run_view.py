"""The SQL that turns a copy of the template of run files into a view of a run of a lake.

Tables of accounts and events become views over Parquet files. Tables of the schemas iamsql and raw are copied: DuckDB must find
tables there, and the SQL over raw items uses their row IDs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from iamsql.lake.table_names import lake_tables
from iamsql.sqltext import identifier, literal
from iamsql.tables.compiler import compiler
from iamsql.tables.compiler.text_lists import TEXT_LISTS
from iamsql.tables.fragments.events import EVENT_TYPES, EVENTS_TABLE, STORED_COLUMNS
from iamsql.tables.registry import all_tables

# The records are text in the files.
EVENT_COLUMNS_SQL = ", ".join("cast(event as json) as event" if name == "event" else name for name in STORED_COLUMNS)
# The manifest says which version wrote the typed tables.
UPDATE_FINGERPRINT_SQL = "update iamsql.run set schema_fingerprint = {fingerprint}"
LIMIT_RUN_WINDOW_SQL = "update iamsql.run set window_start = greatest(window_start, timestamptz {since})"
LIMIT_COVERAGE_WINDOW_SQL = (
    "update iamsql.event_coverage set window_start = greatest(window_start, timestamptz {since})"
)


@dataclass(frozen=True)
class EventSource:
    """The local files of events, and the conditions on their rows: the newest run, and the first time; '' is none."""

    files: Sequence[Path]
    run_id: str = ""
    since: str = ""

    @property
    def sql(self) -> str:
        """Return the SELECT of the events."""
        conditions = [f"lake_run <= {literal(self.run_id)}"] if self.run_id else []
        conditions += [f"event_time >= timestamp {literal(self.since)}"] if self.since else []
        where = f" where {' and '.join(conditions)}" if conditions else ""
        return f"select {EVENT_COLUMNS_SQL} from {parquet_scan(self.files)}{where}"


def view_statements(
    tables: Mapping[str, Sequence[Path]], unused_tables: Sequence[str], events: EventSource | None, fingerprint: str
) -> Iterator[str]:
    """Yield the statements. `tables` has the files of tables to read, `unused_tables` the others.

    Without `events`, and for an unused table, reading is an error, so no answer is computed from an empty table.
    """
    for table, files in tables.items():
        target = _quoted_target(table)
        if not is_copied(table):
            yield f"drop table {target}; create view {target} as {_select_table(table, files)}"
        else:
            # The calls of each table, and their coverage, come from the version that made the run.
            yield f"delete from {target}; insert into {target} by name from {parquet_scan(files)}"
    for table in unused_tables:
        yield _error_view(table, f"{table} of the lake was not read.")
    if events is None:
        yield _error_view(EVENTS_TABLE, "The events of the lake were not read.")
    elif events.files:
        yield f"drop table {EVENTS_TABLE}; create view {EVENTS_TABLE} as {events.sql}"
    yield UPDATE_FINGERPRINT_SQL.format(fingerprint=literal(fingerprint))
    if events and events.since:
        yield LIMIT_RUN_WINDOW_SQL.format(since=literal(f"{events.since}+00"))
        yield LIMIT_COVERAGE_WINDOW_SQL.format(since=literal(f"{events.since}+00"))


def is_copied(table: str) -> bool:
    """Return whether the rows of a table are copied to the run file, because DuckDB needs a table instead of a view."""
    return "." in table


def _select_table(table: str, files: Sequence[Path]) -> str:
    """Return the SELECT of a typed table. Lists become JSON, the type of their columns in a run file."""
    lists = [column.name for column in compiler.columns(all_tables()[table]) if column.name in TEXT_LISTS]
    replacements = ", ".join(f"to_json({identifier(name)}) as {identifier(name)}" for name in lists)
    return f"select *{f' replace ({replacements})' if lists else ''} from {parquet_scan(files)}"


def parquet_scan(files: Sequence[Path]) -> str:
    """Return the table function that reads Parquet files."""
    return f"read_parquet([{', '.join(map(literal, files))}], hive_partitioning = false)"


def _error_view(table: str, message: str) -> str:
    """Return the statements that replace a table with a view with its columns, which fails when it is read."""
    target = _quoted_target(table)
    columns = ", ".join(
        f"cast(e as {column_type}) as {identifier(column)}" for column, column_type in _view_columns(table)
    )
    # The condition prevents DuckDB from counting the row without computing it.
    source = f"(select error({literal(message)}) as e) where e is not null"
    return f"drop table {target}; create view {target} as select {columns} from {source}"


def _quoted_target(table: str) -> str:
    """Return the name of a table of the run file, quoted."""
    schema, _, name = table.rpartition(".")
    return f"{identifier(schema or 'main')}.{identifier(name)}"


def _view_columns(table: str) -> list[tuple[str, str]]:
    if table == EVENTS_TABLE:
        return [(column, EVENT_TYPES.get(column, "VARCHAR")) for column in STORED_COLUMNS]
    return lake_tables()[table]
