"""Determine which accounts and calls of two runs can be compared, and why others cannot.

Missing data is neither new nor gone: it is reported as `not_compared`, by account and reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from iamsql.check.diff.attach import SIDES, RunPair
from iamsql.check.diff.resource_type import ResourceType
from iamsql.runs.coverage.gaps import FAILED_CALL, gaps_ctes
from iamsql.tables.registry import organization_calls

CREATE_COVERAGE_TABLES_SQL = """
create or replace temp table required_calls (
    kind varchar, column_name varchar, table_name varchar, service varchar, operation varchar, same_coverage boolean,
    everywhere boolean, organization_wide boolean, on_demand boolean);
create or replace temp table missing_data (
    kind varchar, column_name varchar, account_id varchar, old_words varchar, new_words varchar, organization_wide boolean);
create or replace temp table diff_account as
    select account_id from old.iamsql.accounts union select account_id from new.iamsql.accounts;
"""
# Evaluated in the database of each side: why each account lacks each call, NULL if it does not.
CREATE_CALL_GAPS_SQL = (
    "create or replace temp table diff_call_SIDE as with"
    + gaps_ctes("select * from iamsql.table_calls where list_contains($tables, table_name)")
    + """, organization as (
    select min(case when error_code is distinct from 'NoState' and status not in ('ok', 'not_applicable')
        then """
    + FAILED_CALL
    + """ end) as words,
        coalesce(bool_or(operation = 'ListAccounts' and status = 'ok'), false) as listed
    from iamsql.coverage c where service = 'organizations' and operation in ('DescribeOrganization', 'ListAccounts')
), failed_calls as (
    select g.table_name, g.service, coalesce(s.fallback_for, g.operation) as operation, g.account_id,
        bool_and(coalesce(g.status = 'partial' and g.error_code = 'trust_report', false)) as trusting,
        min(g.reason) as words
    from gaps g
    left join iamsql.table_calls s on s.table_name = g.table_name and s.service = g.service
        and s.operation = g.operation and s.fallback_for is not null
    -- A fallback that failed although GetAccountAuthorizationDetails succeeded is not a gap.
    where s.fallback_for is distinct from 'GetAccountAuthorizationDetails'
        and (g.service <> 'organizations' or g.error_code is distinct from 'NoState')
    group by all
), made as (
    select distinct account_id, service, operation from iamsql.coverage
    where not (status = 'skipped' and coalesce(error_code, '') in ('not_selected', 'account_not_selected'))
), replaced as (
    select s.table_name, s.fallback_for as operation, c.account_id
    from iamsql.table_calls s
    join iamsql.coverage c using (service, operation)
    where s.fallback_for is not null
    group by all having bool_and(c.status in ('ok', 'not_applicable')) and count(distinct s.operation) = (
        select count(distinct t.operation) from iamsql.table_calls t
        where t.table_name = s.table_name and t.fallback_for = s.fallback_for)
), needed as (
    select distinct table_name, service, operation, everywhere from required_calls
)
select n.table_name, n.service, n.operation, e.account_id,
    case
        when n.everywhere then coalesce(
            (select min(s.words) from failed_calls s where s.table_name = n.table_name and s.operation = n.operation
                and s.service = n.service),
            case when not exists (from made m where m.service = n.service and m.operation = n.operation)
                then 'not collected (' || n.service || ':' || n.operation || ')' end)
        when a.account_id is null and o.listed and o.words is null then null  -- the account was not in the organization
        when a.account_id is null then 'not listed' || coalesce(' (' || o.words || ')', '')
        when not a.selected then 'not selected'
        when s.words is not null then case when not s.trusting then s.words end
        when m.account_id is null and p.account_id is null
            then 'not collected (' || n.service || ':' || n.operation || ')' end as words,
    coalesce(s.trusting, false) as trusting
from needed n
cross join diff_account e
cross join organization o
left join iamsql.accounts a on a.account_id = e.account_id
left join failed_calls s on not n.everywhere and s.table_name = n.table_name and s.service = n.service
    and s.operation = n.operation and s.account_id = e.account_id
left join made m on not n.everywhere and m.service = n.service and m.operation = n.operation and m.account_id = e.account_id
left join replaced p on not n.everywhere and p.table_name = n.table_name and p.operation = n.operation
    and p.account_id = e.account_id
"""
)
# A call that is made once for the organization is reported once, for the management account.
INSERT_MISSING_DATA_SQL = """
insert into missing_data
select n.kind, n.column_name, case when n.wide then $management else o.account_id end as account_id,
    min(o.words) as old_words, min(w.words) as new_words, n.wide
from (select *, organization_wide or same_coverage as wide from required_calls) n
join diff_call_old o on o.table_name = n.table_name and o.service = n.service and o.operation = n.operation
join diff_call_new w on w.table_name = n.table_name and w.service = n.service and w.operation = n.operation
    and w.account_id = o.account_id
where (o.words is not null or w.words is not null) and not (n.same_coverage and o.words is not null and w.words is not null)
group by n.kind, n.column_name, case when n.wide then $management else o.account_id end, n.wide, n.on_demand
having not (n.on_demand and min(o.words) is not null and min(w.words) is not null)
"""
# A column that is not compared is reported only if its resource is compared.
INSERT_NOT_COMPARED_SQL = """
insert into differences by name
with cells as (
    from missing_data m where m.column_name = '' or not exists (
        from missing_data r where r.kind = m.kind and r.column_name = '' and r.account_id is not distinct from m.account_id)
)
select 'not_compared' as change, string_agg(distinct c.kind, ', ' order by c.kind) as kind, c.account_id,
    string_agg(distinct nullif(c.column_name, ''), ', ' order by nullif(c.column_name, '')) as column_name,
    case
        when c.old_words = c.new_words then 'old and new: ' || c.old_words
        else concat_ws('; ', 'old: ' || c.old_words, 'new: ' || c.new_words) end as reason,
    c.old_words is not null and c.new_words is not null as quiet
from cells c
group by c.account_id, c.column_name = '', c.old_words, c.new_words
"""


def create_missing_data(pair: RunPair, types: Iterable[ResourceType]) -> None:
    """Create missing_data: kind, column ('' for the resource), account, and for each run why its data is missing."""
    pair.run(CREATE_COVERAGE_TABLES_SQL)
    required_rows = [row for resource_type in types for row in _required_calls(resource_type)]
    pair.insert_rows("required_calls", required_rows)
    tables = sorted({row[2] for row in required_rows})
    for side in SIDES:
        pair.run_on(side, CREATE_CALL_GAPS_SQL.replace("SIDE", side), {"tables": tables})
    management = pair.metadata["new"].management_account_id or pair.metadata["old"].management_account_id
    pair.run(INSERT_MISSING_DATA_SQL, {"management": management or None})


def _required_calls(resource_type: ResourceType) -> Iterator[Sequence[str]]:
    """Yield the rows of required_calls for a resource type."""
    organization_wide_calls = organization_calls()
    for dependency in resource_type.depends_on:
        service, _, operation = dependency.call.partition(":")
        flags = (
            dependency.same_coverage,
            dependency.call in organization_wide_calls,
            resource_type.organization_wide,
            resource_type.on_demand,
        )
        yield (resource_type.name, dependency.column, dependency.table, service, operation, *map(str, flags))
