"""Where a run is short of what a table stands on: account by account and region by region, in words that go beside a verdict.

`gaps` counts accounts for one answer; here each shortfall is a row, made once for all tables of many questions.
"""

from __future__ import annotations

from collections.abc import Collection

import duckdb

from iamsql.coverage.gaps import GAPS, UNCOLLECTED, by_known, calls_of, raw_calls

NAME = "iamsql_shortfalls"
EMPTY = f"""
create or replace temp table {NAME} (
    table_name varchar, calls varchar[], account_id varchar, region varchar, untried boolean, everywhere boolean,
    words varchar)
"""
# What the run asked for and did not get; a row of a call that is made once for all is short for every account.
MADE = (
    f"insert into {NAME}"
    + GAPS
    + """, refused as (
    select account_id, any_value(error_code) as code from iamsql.coverage
    where service = 'sts' and operation = 'AssumeRole' and status <> 'ok' group by all
)
select g.table_name, [g.service || ':' || g.operation], g.account_id, coalesce(g.region, 'global'),
    coalesce(g.status = 'skipped' and g.error_code in ('account_suspended', 'account_closed', 'account_pending'), false),
    list_contains($once, g.service || ':' || g.operation),
    case
        when g.error_code in ('AssumeRole', 'account_not_entered')
            then 'not entered' || coalesce(' (' || r.code || ')', '')
        when g.status = 'skipped' and g.error_code in ('account_suspended', 'account_closed', 'account_pending')
            then 'The account is ' || replace(g.error_code, 'account_', '') || ' and was not read'
        when g.error_code = 'not_imported' then 'no file for ' || g.service || ':' || g.operation
        when g.status = 'not_asked'
            then g.service || ':' || g.operation || ' not asked, because ' || g.error_code || ' failed'
        else g.service || ':' || g.operation || ' ' || g.status || coalesce(' (' || nullif(g.error_code, g.status) || ')', '') end
from gaps g left join refused r using (account_id)
where g.error_code is distinct from 'trust_report'
"""
)
# What the run asked for elsewhere, yet not in this account, nor anything in its place.
UNASKED = f"""
insert into {NAME}
with wanted as (
    select distinct table_name, service, operation from iamsql.table_calls
    where list_contains($tables, table_name) and stand_in_for is null
        and not list_contains($once, service || ':' || operation)
), asked as (
    select distinct c.account_id, c.service, c.operation from iamsql.coverage c
    where not (c.status = 'skipped' and c.error_code in ('not_selected', 'account_not_selected'))
), known as (
    select distinct w.table_name, w.service, w.operation from wanted w join asked using (service, operation)
), lone as (
    select k.*, a.account_id from known k cross join iamsql.accounts a
    where a.selected and a.outcome in ('read', 'partial')
), bare as (
    select l.* from lone l anti join asked a using (account_id, service, operation)
)
select b.table_name, [b.service || ':' || b.operation], b.account_id, 'global', false, false,
    'not collected (' || b.service || ':' || b.operation || ')'
from bare b
where not exists (
    from iamsql.table_calls s join iamsql.coverage c using (service, operation)
    where s.table_name = b.table_name and s.stand_in_for = b.operation and c.account_id = b.account_id and c.status = 'ok')
"""
NOWHERE = f"""
insert into {NAME}
select $table, $calls, a.account_id, 'global', false, $everywhere, $words
from iamsql.accounts a, iamsql.run r
where a.selected and a.outcome in ('read', 'partial')
    and (not $everywhere or a.account_id = coalesce(r.management_account_id, a.account_id))
"""


def note_shortfalls(connection: duckdb.DuckDBPyConnection, tables: set[str], once: Collection[str]) -> set[str]:
    """Make the TEMP table of all that the tables are short of, and name those of which nothing was collected.

    `once` lists the calls, service:operation, that are made once for all.
    """
    connection.execute(EMPTY)
    typed = sorted(calls_of(connection, tables))
    raw = raw_calls(connection, tables)
    made = {"tables": typed, "raw": raw, "unread": [], "once": sorted(once)}
    connection.execute(by_known(connection, MADE), made)
    connection.execute(by_known(connection, UNASKED), {"tables": typed, "once": sorted(once)})
    uncollected = connection.execute(by_known(connection, UNCOLLECTED), {"tables": typed, "unread": []}).fetchall()
    for table, calls in uncollected:
        words = f"not collected ({', '.join(calls)}), which sync --for brings, with the name of this control"
        values = {"table": table, "calls": calls, "everywhere": set(calls) <= set(once), "words": words}
        connection.execute(NOWHERE, values)
    return {table for table, _ in uncollected}
