"""What an answer lacks: the accounts whose calls, on which its tables stand, did not come in, each with its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

import duckdb

from iamsql.model import snake

KNOWN = "known_calls"  # TEMP: iamsql.table_calls with the calls of the tables that the file itself knows nothing of
GAPS = """
with wanted as (
    select distinct table_name, service, operation from iamsql.table_calls
    where list_contains($tables, table_name) and stand_in_for is null
        and not list_contains($unread, table_name || ' ' || service || ':' || operation)
    union all select part[1], part[2], part[3] from (select unnest($raw::varchar[][]) as part)
), asked as (
    select w.table_name, c.* from wanted w join iamsql.coverage c using (service, operation)
    where not (c.status = 'skipped' and c.error_code in ('not_selected', 'account_not_selected'))
), bad as (
    select * from asked where status not in ('ok', 'not_applicable')
), stood_in as (
    select b.table_name, b.account_id, b.operation
    from (select distinct table_name, account_id, operation from bad) b
    join iamsql.table_calls s on s.table_name = b.table_name and s.stand_in_for = b.operation
    left join iamsql.coverage c
        on c.account_id = b.account_id and c.service = s.service and c.operation = s.operation
    group by all
    having bool_and(coalesce(c.status in ('ok', 'not_applicable'), false))
), beside as (
    -- a stand-in that was asked for although its main call came in, such as a trail beside look-ups, is missed too
    select w.table_name, c.* from (
        select distinct table_name, service, operation, stand_in_for from iamsql.table_calls
        where list_contains($tables, table_name) and stand_in_for is not null) w
    join iamsql.coverage c using (service, operation)
    where c.status not in ('ok', 'not_applicable', 'skipped')
        and not exists (
            from bad b
            where b.table_name = w.table_name and b.account_id = c.account_id and b.operation = w.stand_in_for)
), gaps as (
    select * from bad anti join stood_in using (table_name, account_id, operation)
    union all select * from beside
)"""
LABELS = (
    GAPS
    + """, refused as (
    select account_id, any_value(error_code) as code from iamsql.coverage
    where service = 'sts' and operation = 'AssumeRole' and status <> 'ok' group by all
)
select a.account_id, min(case
    when g.account_id is null then ''
    when g.error_code in ('AssumeRole', 'account_not_entered') then 'not entered' || coalesce(' (' || r.code || ')', '')
    when g.error_code = 'trust_report' then 'read by --trust-report'
    when g.error_code = 'not_reached' then 'not reached'
    when g.status = 'skipped' then replace(g.error_code, 'account_', '')
    when g.status = 'not_asked' then 'not asked ' || g.service || ':' || g.operation || ' after ' || g.error_code
    else g.status || ' ' || g.service || ':' || g.operation end) as label,
    coalesce(bool_or(g.error_code in ('account_suspended', 'account_closed', 'account_pending')), false) as untried,
    coalesce(bool_or(g.operation in ('LookupEvents', 'GetObject', 'ListObjectsV2')), false) as lookups
from (select distinct account_id from asked) a
left join gaps g using (account_id) left join refused r using (account_id)
group by all order by all
"""
)

UNCOLLECTED = """
select t.table_name, list_sort(list(distinct t.service || ':' || t.operation))
from iamsql.table_calls t
where list_contains($tables, t.table_name) and t.stand_in_for is null
    and not list_contains($unread, t.table_name || ' ' || t.service || ':' || t.operation) and not exists (
    from iamsql.coverage c
    where c.service = t.service and c.operation = t.operation
        and not (c.status = 'skipped' and c.error_code in ('not_selected', 'account_not_selected'))
) and not exists (
    from iamsql.table_calls s join iamsql.coverage c using (service, operation)
    where s.table_name = t.table_name and s.stand_in_for = t.operation and c.status = 'ok')
group by all order by all
"""

ORGANIZATION = """
select coalesce(error_code, status) || coalesce(' on ' || operation, '') from iamsql.coverage
where service = 'organizations' and operation in ('DescribeOrganization', 'ListAccounts')
    and status in ('denied', 'throttled', 'expired', 'error', 'partial') order by operation limit 1
"""


@dataclass(frozen=True)
class Coverage:
    """How far the accounts of a run carry some tables.

    `tables` are those whose calls are known, `uncollected` their calls that the run made nowhere, `gaps` counts the
    accounts by reason, `untried` those that are never tried; `organization` is why the organization could not be read.
    """

    tables: tuple[str, ...] = ()
    accounts: int = 0
    gaps: Counter[str] | None = None
    untried: Counter[str] | None = None
    lookups_failed: int = 0
    uncollected: tuple[tuple[str, tuple[str, ...]], ...] = ()
    organization: str = ""

    @property
    def missing(self) -> int:
        """Count the accounts that were to be read and are not in the tables, in whole or in part."""
        return (self.gaps or Counter()).total()

    @property
    def never_tried(self) -> int:
        """Count the accounts that are not active, which nobody can read."""
        return (self.untried or Counter()).total()

    @property
    def read(self) -> int:
        """Count the accounts that the tables hold in full."""
        return self.accounts - self.missing - self.never_tried


def by_known(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    """Have SQL go by KNOWN instead of iamsql.table_calls, where a file of other declarations was opened."""
    held = f"select 1 from system.main.duckdb_tables() where temporary and table_name = '{KNOWN}'"
    return sql.replace("iamsql.table_calls", f"temp.main.{KNOWN}") if connection.execute(held).fetchone() else sql


def calls_of(connection: duckdb.DuckDBPyConnection, tables: set[str]) -> dict[str, list[tuple[str, str, str | None]]]:
    """List the calls that each table stands on: service, operation and the call it stands in for."""
    listed: dict[str, list[tuple[str, str, str | None]]] = {}
    sql = "select distinct * from iamsql.table_calls where list_contains($tables, table_name) order by all"
    for table, *call in connection.execute(by_known(connection, sql), {"tables": sorted(tables)}).fetchall():
        listed.setdefault(table, []).append((call[0], call[1], call[2]))
    return listed


def call_counts(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Count the accounts that each call was read in, not read in, and not asked in."""
    sql = """
        select service, operation, count(distinct account_id) filter (where status in ('ok', 'not_applicable')),
            count(distinct account_id) filter (where status not in ('ok', 'not_applicable') and not unasked),
            count(distinct account_id) filter (where unasked)
        from (
            select *, status = 'skipped'
                and coalesce(error_code, '') in ('not_selected', 'account_not_selected') as unasked
            from iamsql.coverage
        ) group by all
    """
    rows = connection.execute(sql).fetchall()
    return {(service, operation): (read, bad, unasked) for service, operation, read, bad, unasked in rows}


def coverage_of(
    connection: duckdb.DuckDBPyConnection, tables: set[str], unread: Collection[str] = frozenset()
) -> Coverage:
    """Judge the tables account by account; a call's stand-ins, when all came in, make up for it.

    `unread` lists the calls, each as `table service:operation`, that the answer does not depend on.
    """
    typed = sorted(calls_of(connection, tables))
    raw = raw_calls(connection, tables)
    if not typed and not raw:
        return Coverage()
    beside = {"tables": typed, "unread": sorted(unread)}
    rows = connection.execute(by_known(connection, LABELS), {**beside, "raw": raw}).fetchall()
    never = connection.execute(by_known(connection, UNCOLLECTED), beside).fetchall()
    organization = connection.execute(ORGANIZATION).fetchone()
    return Coverage(
        tables=(*typed, *(name for name, _, _ in raw)),
        accounts=len(rows),
        gaps=Counter(label for _, label, untried, _ in rows if label and not untried),
        untried=Counter(label for _, label, untried, _ in rows if label and untried),
        lookups_failed=sum(lookups for *_, untried, lookups in rows if not untried),
        uncollected=tuple((table, tuple(calls)) for table, calls in never),
        organization=organization[0] if organization else "",
    )


def raw_calls(connection: duckdb.DuckDBPyConnection, tables: set[str]) -> list[list[str]]:
    """Find the call behind each raw table that is named: raw.service_operation, perhaps with a part after it."""
    if not (named := sorted(name.removeprefix("raw.") for name in tables if name.startswith("raw."))):
        return []
    asked = connection.execute("select distinct service, operation from iamsql.coverage order by all").fetchall()
    spelled = {f"{service.replace('-', '_')}_{snake(operation)}": (service, operation) for service, operation in asked}
    fits = (
        (name, max((one for one in spelled if f"{name}_".startswith(f"{one}_")), key=len, default="")) for name in named
    )
    return [[f"raw.{name}", *spelled[one]] for name, one in fits if one]
