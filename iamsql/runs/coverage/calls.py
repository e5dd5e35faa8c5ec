"""The calls of tables, as the file lists them: which of them failed, and in how many accounts each succeeded."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from iamsql.model import Result, snake_case
from iamsql.runs.coverage.gaps import RAW_ASKED, UNSELECTED, gaps_ctes
from iamsql.runs.coverage.resource_types import calls_table
from iamsql.runs.store.reader import Reader
from iamsql.tables.registry import organization_calls

COLUMNS = "table_name, service, operation, fallback_for"
# `uncollected` has the calls of each table that the run made in no account, without a fallback call that succeeded.
UNCOLLECTED = """, uncollected as (
    select t.table_name, list_sort(list(distinct t.service || ':' || t.operation)) as calls
    from {calls} t
    where list_contains($tables, t.table_name) and t.fallback_for is null
        and not list_contains($unused, t.table_name || ' ' || t.service || ':' || t.operation) and not exists (
        from iamsql.coverage c
        where c.service = t.service and c.operation = t.operation
            and not (c.status = 'skipped' and c.error_code in ('not_selected', 'account_not_selected', 'not_imported'))
    ) and not exists (
        from {calls} s join iamsql.coverage c using (service, operation)
        where s.table_name = t.table_name and s.fallback_for = t.operation and c.status = 'ok')
    group by all
)
"""
EXPLAIN = f"""
with counts as (
    select service, operation,
        count(distinct account_id) filter (where status in ('ok', 'not_applicable')) as read,
        count(distinct account_id) filter (where status not in ('ok', 'not_applicable') and not unselected) as not_read,
        count(distinct account_id) filter (where unselected) as not_requested
    from (select *, {UNSELECTED} as unselected from iamsql.coverage c) group by all)
select t.table_name, c.service || ':' || c.operation, c.fallback_for,
    coalesce(n.read, 0), coalesce(n.not_read, 0), coalesce(n.not_requested, 0)
from (select unnest($tables::varchar[]) as table_name) t
left join (select distinct {COLUMNS} from {{calls}}) c using (table_name)
left join counts n using (service, operation)
order by t.table_name, c.service, c.operation, c.fallback_for
"""


def gaps_of_tables(reader: Reader, tables: Collection[str], unused: Collection[str] = ()) -> tuple[str, dict[str, Any]]:
    """Return the CTEs of `gaps_ctes` and `uncollected` for the tables, and the values of their parameters.

    The calls `unused`, each as `table service:operation`, do not count.
    """
    raw_tables = sorted(name for name in tables if name.startswith("raw."))
    raw = _raw_calls(reader, raw_tables) if raw_tables else []
    by_account = [call for call in raw if f"{call[1]}:{call[2]}" not in organization_calls()]
    calls_relation = calls_table(reader, tables)
    calls = f"""select {COLUMNS} from {calls_relation} where list_contains($tables, table_name)
    union all select part[1], part[2], part[3], null from (select unnest($raw::varchar[][]) as part)"""
    is_unused = "list_contains($unused, table_name || ' ' || service || ':' || operation)"
    ctes = gaps_ctes(calls, is_unused, extra_rows=RAW_ASKED if by_account else "")
    values: dict[str, Any] = {"tables": sorted(tables), "raw": raw, "unused": sorted(unused)}
    if by_account:
        values["by_account"] = by_account
    return f"with {ctes}{UNCOLLECTED.format(calls=calls_relation)}", values


def _raw_calls(reader: Reader, names: Sequence[str]) -> list[list[str]]:
    """Return [table, service, operation] for each raw table, raw.service_operation or raw.service_operation_part."""
    called = reader.query("select distinct service, operation from iamsql.coverage order by all")
    prefixes = {
        f"raw.{service.replace('-', '_')}_{snake_case(operation)}": [service, operation]
        for service, operation in called
    }
    calls = []
    for name in names:
        matches = [prefix for prefix in prefixes if f"{name}_".startswith(f"{prefix}_")]
        if matches:  # the name of an operation may begin with the name of another: the longest is the right one
            calls.append([name, *prefixes[max(matches, key=len)]])
    return calls


def explain_calls(reader: Reader, tables: Collection[str]) -> Result:
    """Return the calls of each table, with the numbers of accounts where each succeeded, failed and was not made."""
    names = sorted(tables)
    rows: list[tuple[Any, ...]] = [(name, None, None, 0, 0, 0) for name in names]
    if reader.metadata.run_id:
        rows = reader.query(EXPLAIN.format(calls=calls_table(reader, names)), {"tables": names})
    columns = ("table", "call", "fallback_for", "read", "not_read", "not_requested")
    return Result(columns, rows, ("VARCHAR",) * 3 + ("BIGINT",) * 3)
