"""The SQL that judges: what a control drew, less what stands on nothing, with the reasons, under its mutes, at its place."""

from __future__ import annotations

from iamsql.coverage.by_account import NAME

RAW = "iamsql_drawn"
MUTES = """
create or replace temp table iamsql_mutes (
    place integer, control varchar, account varchar, pattern varchar, owner varchar, reason varchar, expires date,
    expired boolean)
"""
ACCOUNTS = "create or replace temp view iamsql_account as select account_id, name, position from iamsql.accounts"
NOBODY = "create or replace temp view iamsql_account as select '' as account_id, '' as name, 0 as position where false"
OF_ACCOUNT = "regexp_full_match({}.resource, 'arn:[^:]*:::[0-9]*')"  # what is said of an account as a whole

JUDGED = f"""
create or replace temp table {{table}} as
with short as (
    select account_id, region, untried, everywhere, words from {NAME}
    where list_contains($tables, table_name)
        and not list_has_all($unread::varchar[], list_transform(calls, lambda one: table_name || ' ' || one))
), drawn as (
    select
        d.rowid as place, d.status::varchar as status, d.resource::varchar as resource, d.reason::varchar as reason,
        d.account_id::varchar as account_id, coalesce(d.region::varchar, 'global') as region, {{dimensions}} as dimensions,
        {{ident}} as ident,
        d.status = 'ok' or (d.status in ('alarm', 'info', 'error') and {OF_ACCOUNT.format("d")}) as frail
    from {RAW} d
), touched as (
    select d.*, d.frail and coalesce(
        (select bool_or(everywhere) from short)
        or d.account_id in (select account_id from short where region = 'global' or d.region = 'global')
        or (d.account_id, d.region) in (select (account_id, region) from short), false) as struck
    from drawn d
), reasons as (
    select account_id, region, untried, words from short
    union all
    select t.account_id, 'global', false, s.words
    from (select distinct account_id from touched where struck) t
    cross join (select distinct words from short where everywhere) s
), lacking as (
    select
        account_id, case when count(distinct region) = 1 then min(region) else 'global' end as region,
        bool_and(untried) as untried, list_sort(list(distinct words)) as said
    from reasons group by account_id
), whole as (
    select place, status, resource, reason, account_id, region, dimensions, ident from touched where not struck
    union all
    select
        null, case when untried then 'skip' else 'error' end, 'arn:' || $partition || ':::' || account_id,
        case when untried then '' else 'Unknown: ' end || said[1]
            || case len(said) when 1 then '.' else '; and ' || (len(said) - 1) || ' more.' end,
        account_id, region, null, null
    from lacking
)
select
    w.status, w.resource, w.reason, w.account_id, a.name as account_name, w.region, w.dimensions, w.ident,
    null::varchar as was, null::varchar as muted
from whole w left join iamsql_account a using (account_id)
order by a.position nulls last, w.account_id, w.place nulls first
"""
HITS = """
from {table} j join iamsql_mutes m
    on m.control in ($control, '*') and m.account in (j.account_id, '*') and j.resource like m.pattern escape '\\'
where j.status in ('alarm', 'error')
"""
MUTED = (
    """
create or replace temp table {muted} as
with hit as (
    select
        j.rowid as place, arg_min(m, m.place) filter (where not m.expired) as live,
        arg_max(m, m.expires) filter (where m.expired) as gone"""
    + HITS
    + """ group by all
)
select
    case when h.live is not null then 'muted' else j.status end as status, j.resource,
    case
        when h.live is not null
            then rtrim(j.reason, '. ')
                || ' (muted until ' || h.live.expires || ' by ' || h.live.owner || ': ' || h.live.reason || ')'
        when h.gone is not null
            then rtrim(j.reason, '. ') || ' (the mute by ' || h.gone.owner || ' expired on ' || h.gone.expires || ')'
        else j.reason end as reason,
    j.account_id, j.account_name, j.region, j.dimensions, j.ident,
    case when h.live is not null then j.status end as was,
    case when h.live is not null then h.live.owner || ' until ' || h.live.expires || ': ' || h.live.reason end as muted
from {table} j left join hit h on h.place = j.rowid
order by j.rowid
"""
)
PLACED = """
select
    $benchmark::varchar as benchmark, $section::varchar as section, $id::varchar as id, $control::varchar as control,
    $title::varchar as title, $severity::varchar as severity, status, resource, reason, account_id, account_name, region,
    dimensions::json as dimensions, ident, was, muted, rowid as place
from {table}
"""
NAMES = 3  # of the accounts that a line speaks of
LINES = f"""
select
    p.status, p.reason, arg_min(p.account_id, p.place), arg_min(p.account_name, p.place), p.region,
    arg_min(p.resource, p.place), arg_min(p.ident, p.place), count(*),
    list_slice(list(coalesce(p.account_name, p.account_id) order by p.place), 1, {NAMES})
from ({{placed}}) p
where list_contains($statuses, p.status)
group by p.status, p.reason, p.region, case when not {OF_ACCOUNT.format("p")} then p.place end
order by list_position($statuses, p.status), min(p.place) limit {{limit}}
"""
TELLS = "status resource reason account_id account_name region dimensions ident was muted".split()
PLACE = ("benchmark", "section", "id", "control", "title", "severity")
