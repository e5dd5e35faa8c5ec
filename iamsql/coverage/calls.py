"""The calls of tables, as the file lists them, and the number of accounts in which each call succeeded."""

from __future__ import annotations

from typing import NamedTuple

from iamsql.coverage.gaps import UNSELECTED, gaps_ctes
from iamsql.model import Result, snake
from iamsql.store.reader import Reader

# TEMP table: iamsql.table_calls, and the calls of tables that this version has and the file does not.
KNOWN_CALLS = "known_calls"
COLUMNS = "table_name, service, operation, fallback_for"
COUNTS = f"""
select service, operation, count(distinct account_id) filter (where status in ('ok', 'not_applicable')),
    count(distinct account_id) filter (where status not in ('ok', 'not_applicable') and not unselected),
    count(distinct account_id) filter (where unselected)
from (select *, {UNSELECTED} as unselected from iamsql.coverage c) group by all
"""


class TableCall(NamedTuple):
    """A call that returns data of a table; `fallback_for` is the operation that it replaces."""

    service: str
    operation: str
    fallback_for: str | None


def calls_table(reader: Reader) -> str:
    """Return the name of the table that lists the calls of tables."""
    sql = f"select 1 from system.main.duckdb_tables() where temporary and table_name = '{KNOWN_CALLS}'"
    return f"temp.main.{KNOWN_CALLS}" if reader.query(sql) else "iamsql.table_calls"


def calls_of(reader: Reader, tables: set[str]) -> dict[str, list[TableCall]]:
    """Map each of the tables to its calls; tables without calls are left out."""
    if not reader.facts.run_id:
        return {}
    listed: dict[str, list[TableCall]] = {}
    sql = f"select distinct {COLUMNS} from {calls_table(reader)} where list_contains($tables, table_name) order by all"
    for table, *call in reader.query(sql, {"tables": sorted(tables)}):
        listed.setdefault(table, []).append(TableCall(*call))
    return listed


def raw_calls(reader: Reader, tables: set[str]) -> list[list[str]]:
    """Return [table, service, operation] for each raw table, raw.service_operation or raw.service_operation_part."""
    names = sorted(name.removeprefix("raw.") for name in tables if name.startswith("raw."))
    if not names:
        return []
    called = reader.query("select distinct service, operation from iamsql.coverage order by all")
    prefixes = {
        f"{service.replace('-', '_')}_{snake(operation)}": [service, operation] for service, operation in called
    }
    found = []
    for name in names:
        fitting = [prefix for prefix in prefixes if f"{name}_".startswith(f"{prefix}_")]
        if fitting:  # the name of an operation may begin with that of another: the longest is the right one
            found.append([f"raw.{name}", *prefixes[max(fitting, key=len)]])
    return found


def gaps_of_tables(reader: Reader) -> str:
    """Return the CTEs of `gaps_ctes` for the parameters $tables, $raw (rows of `raw_calls`) and $unread.

    $unread lists calls that do not count, each as `table service:operation`.
    """
    calls = f"""select {COLUMNS} from {calls_table(reader)} where list_contains($tables, table_name)
    union all select part[1], part[2], part[3], null from (select unnest($raw::varchar[][]) as part)"""
    return "with" + gaps_ctes(calls, "list_contains($unread, table_name || ' ' || service || ':' || operation)")


def explain_calls(reader: Reader, tables: set[str]) -> Result:
    """Return the calls of each table, with the numbers of accounts in which each succeeded, failed and was not made."""
    counts: dict[tuple[str, str], tuple[int, int, int]] = {}
    if reader.facts.run_id:
        counts = {(service, operation): numbers for service, operation, *numbers in reader.query(COUNTS)}  # type: ignore[misc]
    calls = calls_of(reader, tables)
    rows: list[tuple[object, ...]] = []
    for table in sorted(tables):
        for call in calls.get(table, [TableCall("", "", None)]):
            name = f"{call.service}:{call.operation}" if call.service else None
            rows.append((table, name, call.fallback_for, *counts.get((call.service, call.operation), (0, 0, 0))))
    columns = ("table", "call", "fallback_for", "read", "not_read", "not_requested")
    return Result(columns, rows, ("VARCHAR",) * 3 + ("BIGINT",) * 3)
