"""The accounts of a run, and the TEMP table `iamsql_gaps`: the missing data of tables by account and region.

A result that depends on a row of this table is unknown. `everywhere` marks a call that is made once for the organization,
so its failure affects every account.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from iamsql.runs.coverage.calls import gaps_of_tables
from iamsql.runs.coverage.gaps import INACTIVE
from iamsql.runs.coverage.resource_types import calls_table
from iamsql.runs.store.reader import Reader

TABLE = "iamsql_gaps"
ACCOUNTS_SQL = "select account_id, name, selected, outcome in ('complete', 'incomplete') from iamsql.accounts"
# An account without a state has an error row of ListAccounts, but the list of accounts is complete.
ALL_LISTED = """
select coalesce(bool_and(status in ('ok', 'not_applicable')) and bool_or(operation = 'ListAccounts'), false)
from iamsql.coverage
where service = 'organizations' and operation in ('DescribeOrganization', 'ListAccounts')
    and error_code is distinct from 'NoState'
"""
EVERYWHERE = "*"  # instead of an account ID: the call is made once for the organization
ADVICE = ": collect it with sync --for and the name of this control"
EMPTY = f"""
create or replace temp table {TABLE} (
    table_name varchar, calls varchar[], account_id varchar, region varchar, inactive boolean, everywhere boolean,
    reason varchar)
"""
GAPS = f"""
create or replace temp table {TABLE} as {{ctes}}
, wanted as (
    select distinct table_name, service, operation from {{calls}}
    where list_contains($tables, table_name) and fallback_for is null
        and not list_contains($once, service || ':' || operation)
), made as (
    select distinct c.account_id, c.service, c.operation from iamsql.coverage c
    where not (c.status = 'skipped' and c.error_code in ('not_selected', 'account_not_selected'))
), expected as (
    select k.*, a.account_id
    from (select distinct w.table_name, w.service, w.operation from wanted w join made using (service, operation)) k
    cross join iamsql.accounts a
    where a.selected and a.outcome in ('complete', 'incomplete')
)
select g.table_name, [g.service || ':' || g.operation] as calls, g.account_id, coalesce(g.region, 'global') as region,
    coalesce(g.status = 'skipped' and g.error_code in {INACTIVE}, false) as inactive,
    list_contains($once, g.service || ':' || g.operation) as everywhere, g.reason
from gaps g
-- The partial list of `trust_report` is complete as far as the credential report is correct.
where g.error_code is distinct from 'trust_report'
union all
-- Calls that the run made in other accounts, but not in this account, and no fallback call either.
select e.table_name, [e.service || ':' || e.operation], e.account_id, 'global', false, false,
    'not collected (' || e.service || ':' || e.operation || ')'
from expected e anti join made m using (account_id, service, operation)
where not exists (
    from {{calls}} s join iamsql.coverage c using (service, operation)
    where s.table_name = e.table_name and s.fallback_for = e.operation and c.account_id = e.account_id and c.status = 'ok')
union all
-- Calls that the run made in no account. A call for the organization is missing in the management account.
select u.table_name, u.calls, a.account_id, 'global', false, u.everywhere,
    'not collected (' || array_to_string(u.calls, ', ') || '){ADVICE}'
from (select *, list_has_all($once, calls) as everywhere from uncollected) u, iamsql.accounts a, iamsql.run r
where a.selected and a.outcome in ('complete', 'incomplete')
    and (not u.everywhere or a.account_id = coalesce(r.management_account_id, a.account_id))
"""


@dataclass(frozen=True)
class Accounts:
    """The accounts of a run: the names by ID, the IDs that were not selected, and the IDs of accounts that were read.

    `all_listed` is whether the accounts of the organization were listed completely.
    """

    names: dict[str, str]
    unselected: frozenset[str]
    read: frozenset[str]
    all_listed: bool


def read_accounts(reader: Reader) -> Accounts:
    """Return the accounts of a run."""
    rows = reader.query(ACCOUNTS_SQL)
    ((all_listed,),) = reader.query(ALL_LISTED)
    return Accounts(
        {account: name or "" for account, name, *_ in rows},
        frozenset(account for account, _, selected, _ in rows if not selected),
        frozenset(account for account, _, _, read in rows if read),
        bool(all_listed),
    )


def create_gaps_table(reader: Reader, tables: Collection[str], once: Collection[str]) -> set[str]:
    """Create TABLE for the tables, and return the calls that the run made in no account, as `table service:operation`.

    `once` lists the calls, as service:operation, that are made once for the organization.
    """
    if not reader.metadata.run_id:
        reader.execute(EMPTY)
        return set()
    ctes, values = gaps_of_tables(reader, tables)
    reader.execute(GAPS.format(ctes=ctes, calls=calls_table(reader, tables)), {**values, "once": sorted(once)})
    sql = f"{ctes} select concat(table_name, ' ', unnest(calls)) from uncollected"
    return {call for (call,) in reader.query(sql, values)}


def missing_by_account(reader: Reader, tables: Collection[str], once: Collection[str]) -> dict[str, str]:
    """Map account IDs, or EVERYWHERE, to the reason why their data in the tables is incomplete.

    `once` lists the calls, as service:operation, that are made once for the organization.
    """
    create_gaps_table(reader, tables, once)
    sql = f"select case when everywhere then '{EVERYWHERE}' else account_id end, min(reason) from {TABLE} group by all"
    return {account: str(reason).removesuffix(ADVICE) for account, reason in reader.query(sql)}
