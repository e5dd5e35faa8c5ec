"""SQL templates that convert the rows of a control to its results.

`CREATE_RESULTS_SQL` replaces the results that depend on missing data with one unknown result for each account.
`CREATE_MUTED_RESULTS_SQL` applies the mutes, and `WITH_CONTROL_SQL` adds the columns of the control. `LINES_SQL` groups the
results that a tree prints. `results.py` fills in the templates.
"""

from __future__ import annotations

from iamsql.runs.coverage.by_account import TABLE

CREATE_MUTES_SQL = """
create or replace temp table iamsql_mutes (
    position integer, control varchar, account varchar, pattern varchar, owner varchar, reason varchar, expires date,
    expired boolean)
"""
CREATE_ACCOUNT_VIEW_SQL = (
    "create or replace temp view iamsql_account as select account_id, name, position from iamsql.accounts"
)
# For a DuckDB file that is not a run.
CREATE_EMPTY_ACCOUNT_VIEW_SQL = (
    "create or replace temp view iamsql_account as select '' as account_id, '' as name, 0 as position where false"
)
# The resource of a result about an account itself, or about the organization.
ABOUT_ACCOUNT_CONDITION = (
    "regexp_full_match({}.resource, "
    "'arn:[^:]*:(::[0-9]*|organizations::[0-9]*:(account/o-[^/]*/[0-9]*|organization/.*))')"
)

# A result that depends on missing data is unknown: `ok`, and every result about an account itself. A single row with the reason
# replaces all unknown results of an account. `number` distinguishes the controls whose results one statement converts.
CONTROL_ROWS_SQL = f"""
    select
        {{number}} as number, d.rowid as row_position, d.status::varchar as status, d.resource::varchar as resource,
        d.reason::varchar as reason, d.account_id::varchar as account_id, coalesce(d.region::varchar, 'global') as region,
        {{dimensions}} as dimensions, {{ident}} as ident,
        d.status = 'ok' or (d.status in ('alarm', 'info', 'error') and {ABOUT_ACCOUNT_CONDITION.format("d")}) as depends_on_all_data
    from {{table}} d"""
CREATE_RESULTS_SQL = f"""
create or replace temp table {{table}} as
with controls as (
    select unnest($numbers::integer[]) as number, unnest($tables::varchar[][]) as tables, unnest($unused::varchar[][]) as unused
), gaps as materialized (
    select t.number, g.account_id, g.region, g.inactive, g.everywhere, g.reason
    from (select number, unused, unnest(tables) as table_name from controls) t join {TABLE} g using (table_name)
    where not list_has_all(t.unused, list_transform(g.calls, lambda name: g.table_name || ' ' || name))
), everywhere_reasons as (
    select distinct number, reason from gaps where everywhere
), checked as materialized (
    select c.*, c.depends_on_all_data and (
        e.number is not null
        or g.number is not null and (c.region = 'global' or list_has_any(g.regions, ['global', c.region]))
    ) as is_unknown
    from ({{rows}}) c
    left join (select distinct number from everywhere_reasons) e on e.number = c.number
    left join (select number, account_id, list(distinct region) as regions from gaps group by all) g
        on g.number = c.number and g.account_id = c.account_id
), reasons as (
    select number, account_id, region, inactive, reason from gaps
    union all
    select u.number, u.account_id, 'global', false, e.reason
    from (select distinct number, account_id from checked where is_unknown) u join everywhere_reasons e using (number)
), unknown_accounts as (
    select
        number, account_id, case when count(distinct region) = 1 then min(region) else 'global' end as region,
        bool_and(inactive) as inactive, list_sort(list(distinct reason)) as reasons
    from reasons group by number, account_id
), results as (
    select number, row_position, status, resource, reason, account_id, region, dimensions, ident
    from checked where not is_unknown
    union all
    select
        number, null, case when inactive then 'skip' else 'error' end, 'arn:' || $partition || ':::' || account_id,
        case when inactive then 'The account is ' || replace(reasons[1], 'account ', '') || ' and was not read'
            else 'Unknown: ' || reasons[1] end
            || case len(reasons) when 1 then '.' else '; and ' || (len(reasons) - 1) || ' more.' end,
        account_id, region, null, null
    from unknown_accounts
)
select
    r.status, r.resource, r.reason, r.account_id, a.name as account_name, r.region, r.dimensions, r.ident,
    null::varchar as was, null::varchar as muted, null::varchar as unmuted_reason, null::integer as mute, r.number
from results r left join iamsql_account a using (account_id)
order by r.number, a.position nulls last, r.account_id, r.row_position nulls first
"""
# The columns of TEMP tables.
TEMP_COLUMNS_SQL = """
select table_name, column_name, data_type from system.main.duckdb_columns()
where database_name = 'temp' and schema_name = 'main' and not internal order by table_name, column_index
"""
COUNTS_SQL = """
select number, status, count(*), case when status = 'error' then list(distinct account_id) end
from {table} group by number, status order by number, status
"""
INVALID_ROWS_SQL = """
select {number}, count(*) filter (where is_wrong), min(status) filter (where is_wrong)
from (
    select
        status::varchar as status, status is null or status not in ({statuses}) as is_wrong,
        resource is null or account_id is null as is_incomplete
    from {table}
)
having bool_or(is_wrong or is_incomplete)"""
MATCHING_MUTES_SQL = """
from {table} j
join (select unnest($numbers::integer[]) as number, unnest($controls::varchar[]) as control) c using (number)
join iamsql_mutes m on m.control in (c.control, '*') and m.account in (j.account_id, '*') and j.resource like m.pattern escape '\\'
where j.status in ('alarm', 'error')
"""
CREATE_MUTED_RESULTS_SQL = (
    """
create or replace temp table {muted} as
with matching as (
    select
        j.rowid as row_position, arg_min(m, m.position) filter (where not m.expired) as valid,
        arg_max(m, {{'expires': m.expires, 'position': -m.position}}) filter (where m.expired) as expired"""
    + MATCHING_MUTES_SQL
    + """ group by all
)
select
    case when h.valid is not null then 'muted' else j.status end as status, j.resource,
    case
        when h.valid is not null
            then rtrim(j.reason, '. ')
                || ' (muted until ' || h.valid.expires || ' by ' || h.valid.owner || ': ' || h.valid.reason || ')'
        when h.expired is not null
            then rtrim(j.reason, '. ') || ' (the mute by ' || h.expired.owner || ' expired on ' || h.expired.expires || ')'
        else j.reason end as reason,
    j.account_id, j.account_name, j.region, j.dimensions, j.ident,
    case when h.valid is not null then j.status end as was,
    case when h.valid is not null then h.valid.owner || ' until ' || h.valid.expires || ': ' || h.valid.reason end as muted,
    case when h.valid is not null then j.reason end as unmuted_reason, h.valid.position as mute, j.number
from {table} j left join matching h on h.row_position = j.rowid
order by j.rowid
"""
)
WITH_CONTROL_SQL = """
select
    $benchmark::varchar as benchmark, $section::varchar as section, $id::varchar as id, $control::varchar as control,
    $title::varchar as title, $severity::varchar as severity, status, resource, reason, account_id, account_name, region,
    dimensions::json as dimensions, ident, was, muted, unmuted_reason, mute, rowid as row_position
from {table} where number = {number}
"""
# Results about accounts share a line. A result about another resource has its own line.
RESOURCE_POSITION_SQL = f"case when not {ABOUT_ACCOUNT_CONDITION.format('p')} then p.row_position end"
MAX_ACCOUNT_NAMES = 3  # account names of a line
LINES_SQL = f"""
select
    p.status, coalesce(p.unmuted_reason, p.reason), arg_min(p.account_id, p.row_position),
    arg_min(p.account_name, p.row_position), p.region, arg_min(p.resource, p.row_position),
    arg_min(p.ident, p.row_position), count(*),
    list_slice(list(coalesce(p.account_name, p.account_id) order by p.row_position), 1, {MAX_ACCOUNT_NAMES}),
    arg_min(p.dimensions, p.row_position), p.muted
from ({{results}}) p
where list_contains($statuses, p.status)
group by p.status, p.reason, p.unmuted_reason, p.muted, p.region, {RESOURCE_POSITION_SQL}
order by list_position($statuses, p.status), min(p.row_position) limit {{limit}}
"""
RESULT_COLUMNS = (
    "status resource reason account_id account_name region dimensions ident was muted unmuted_reason mute".split()
)
CONTROL_COLUMNS = ("benchmark", "section", "id", "control", "title", "severity")
