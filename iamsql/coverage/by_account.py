"""The TEMP table `iamsql_gaps` for many statements over one run: the missing data of tables by account and region.

A result that depends on a row of this table is unknown. `everywhere` marks a call that is made once for the organization,
so that its failure affects every account.
"""

from __future__ import annotations

from collections.abc import Collection

from iamsql.coverage.calls import calls_of, calls_table, gaps_of_tables, raw_calls
from iamsql.coverage.gaps import INACTIVE
from iamsql.coverage.summary import uncollected_calls
from iamsql.store.reader import Reader

TABLE = "iamsql_gaps"
ADVICE = ": collect it with sync --for and the name of this control"
EMPTY = f"""
create or replace temp table {TABLE} (
    table_name varchar, calls varchar[], account_id varchar, region varchar, inactive boolean, everywhere boolean,
    reason varchar)
"""
# Calls that failed. The partial list of --trust-report is complete as far as the credential report is correct.
FAILED = f"""
select g.table_name, [g.service || ':' || g.operation], g.account_id, coalesce(g.region, 'global'),
    coalesce(g.status = 'skipped' and g.error_code in {INACTIVE}, false),
    list_contains($once, g.service || ':' || g.operation), g.reason
from gaps g
where g.error_code is distinct from 'trust_report'
"""
# Calls that the run made in other accounts, but not in this account, and no stand-in either.
NOT_MADE = """
with wanted as (
    select distinct table_name, service, operation from {calls}
    where list_contains($tables, table_name) and fallback_for is null
        and not list_contains($once, service || ':' || operation)
), made as (
    select distinct c.account_id, c.service, c.operation from iamsql.coverage c
    where not (c.status = 'skipped' and c.error_code in ('not_selected', 'account_not_selected'))
), expected as (
    select k.*, a.account_id
    from (select distinct w.table_name, w.service, w.operation from wanted w join made using (service, operation)) k
    cross join iamsql.accounts a
    where a.selected and a.outcome in ('read', 'partial')
)
select e.table_name, [e.service || ':' || e.operation], e.account_id, 'global', false, false,
    'not collected (' || e.service || ':' || e.operation || ')'
from expected e anti join made m using (account_id, service, operation)
where not exists (
    from {calls} s join iamsql.coverage c using (service, operation)
    where s.table_name = e.table_name and s.fallback_for = e.operation and c.account_id = e.account_id and c.status = 'ok')
"""
# Calls that the run made in no account. A call for the organization is missing in the management account.
UNCOLLECTED = """
select $table, $calls, a.account_id, 'global', false, $everywhere, $reason
from iamsql.accounts a, iamsql.run r
where a.selected and a.outcome in ('read', 'partial')
    and (not $everywhere or a.account_id = coalesce(r.management_account_id, a.account_id))
"""


def create_gaps_table(reader: Reader, tables: set[str], once: Collection[str]) -> set[str]:
    """Create TABLE for the tables, and return those with calls that the run made in no account.

    `once` lists the calls, as service:operation, that are made once for the organization.
    """
    reader.execute(EMPTY)
    if not reader.facts.run_id:
        return set()
    typed, calls = sorted(calls_of(reader, tables)), calls_table(reader)
    failed = {"tables": typed, "raw": raw_calls(reader, tables), "unread": [], "once": sorted(once)}
    reader.execute(f"insert into {TABLE} {gaps_of_tables(reader)} {FAILED}", failed)
    not_made = {"tables": typed, "once": sorted(once)}
    reader.execute(f"insert into {TABLE} {NOT_MADE.format(calls=calls)}", not_made)
    uncollected = uncollected_calls(reader, typed)
    for table, names in uncollected:
        reason = f"not collected ({', '.join(names)}){ADVICE}"
        values = {"table": table, "calls": list(names), "everywhere": set(names) <= set(once), "reason": reason}
        reader.execute(f"insert into {TABLE} {UNCOLLECTED}", values)
    return {table for table, _ in uncollected}
