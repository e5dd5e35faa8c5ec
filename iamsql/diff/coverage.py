"""What of two runs can be compared: for each account and call whether a run has it, and in the run's words why not.

What is not covered in one of two runs is never new or gone: it is told as `not_compared`, an account and reason a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from iamsql.check.ground import made_once
from iamsql.diff.resource_type import Call, Kind
from iamsql.store.gaps import GAPS
from iamsql.store.pair import SIDES, Pair

MADE = """
create or replace temp table diff_need (
    kind varchar, column_name varchar, table_name varchar, service varchar, operation varchar, guard boolean,
    everywhere boolean, whole boolean, on_demand boolean);
create or replace temp table diff_lack (
    kind varchar, column_name varchar, account_id varchar, old_words varchar, new_words varchar, whole boolean);
create or replace temp table diff_account as
    select account_id from old.iamsql.accounts union select account_id from new.iamsql.accounts;
"""
# Each side by itself, in its own catalog. A call's stand-ins that all came in make up for it, as in every answer.
STANDING = (
    "create or replace temp table diff_standing_{side} as"
    + GAPS
    + """, refused as (
    select account_id, any_value(error_code) as code from iamsql.coverage
    where service = 'sts' and operation = 'AssumeRole' and status <> 'ok' group by all
), organization as (
    select min(case when error_code is distinct from 'NoState' and status not in ('ok', 'not_applicable')
        then service || ':' || operation || ' ' || status || coalesce(' (' || nullif(error_code, status) || ')', '') end) as words,
        coalesce(bool_or(operation = 'ListAccounts' and status = 'ok'), false) as listed
    from iamsql.coverage where service = 'organizations' and operation in ('DescribeOrganization', 'ListAccounts')
), short as (
    select g.table_name, g.service, coalesce(s.stand_in_for, g.operation) as operation, g.account_id,
        bool_and(coalesce(g.status = 'partial' and g.error_code = 'trust_report', false)) as trusting,
        min(case
            when g.status = 'skipped' and g.error_code in ('account_suspended', 'account_closed', 'account_pending')
                then replace(g.error_code, '_', ' ')
            when g.error_code in ('AssumeRole', 'account_not_entered') then 'not entered' || coalesce(' (' || r.code || ')', '')
            when g.error_code = 'not_reached' then 'not reached before the run was cut off'
            when g.error_code = 'not_imported' then 'no file for ' || g.service || ':' || g.operation
            when a.outcome in ('not_entered', 'not_tried') then 'not entered (' || coalesce(g.error_code, g.status) || ')'
            when g.status = 'not_asked'
                then g.service || ':' || g.operation || ' not asked, because ' || g.error_code || ' failed'
            else g.service || ':' || g.operation || ' ' || g.status
                || coalesce(' (' || nullif(g.error_code, g.status) || ')', '') end) as words
    from gaps g
    left join refused r using (account_id)
    left join iamsql.accounts a using (account_id)
    left join iamsql.table_calls s on s.table_name = g.table_name and s.service = g.service
        and s.operation = g.operation and s.stand_in_for is not null
    where s.stand_in_for is distinct from 'GetAccountAuthorizationDetails'  -- what failed beside the bulk answer lacks nothing
        and (g.service <> 'organizations' or g.error_code is distinct from 'NoState')
    group by all
), made as (
    select distinct account_id, service, operation from iamsql.coverage
    where not (status = 'skipped' and coalesce(error_code, '') in ('not_selected', 'account_not_selected'))
), replaced as (
    select s.table_name, s.stand_in_for as operation, c.account_id
    from iamsql.table_calls s
    join iamsql.coverage c using (service, operation)
    where s.stand_in_for is not null
    group by all having bool_and(c.status in ('ok', 'not_applicable')) and count(distinct s.operation) = (
        select count(distinct t.operation) from iamsql.table_calls t
        where t.table_name = s.table_name and t.stand_in_for = s.stand_in_for)
), needed as (
    select distinct table_name, service, operation, everywhere from diff_need
)
select n.table_name, n.service, n.operation, e.account_id,
    case
        when n.everywhere then coalesce(
            (select min(s.words) from short s where s.table_name = n.table_name and s.operation = n.operation
                and s.service = n.service),
            case when not exists (from made m where m.service = n.service and m.operation = n.operation)
                then 'not collected (' || n.service || ':' || n.operation || ')' end)
        when a.account_id is null and o.listed and o.words is null then null  -- there was no such account
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
left join short s on not n.everywhere and s.table_name = n.table_name and s.service = n.service
    and s.operation = n.operation and s.account_id = e.account_id
left join made m on not n.everywhere and m.service = n.service and m.operation = n.operation and m.account_id = e.account_id
left join replaced p on not n.everywhere and p.table_name = n.table_name and p.operation = n.operation
    and p.account_id = e.account_id
"""
)
# What is asked once for the organization is told once, under the account that answers for it.
LACK = """
insert into diff_lack
select n.kind, n.column_name, case when n.wide then $management else o.account_id end as account_id,
    min(o.words) as old_words, min(w.words) as new_words, n.wide
from (select *, whole or guard as wide from diff_need) n
join diff_standing_old o on o.table_name = n.table_name and o.service = n.service and o.operation = n.operation
join diff_standing_new w on w.table_name = n.table_name and w.service = n.service and w.operation = n.operation
    and w.account_id = o.account_id
where (o.words is not null or w.words is not null) and not (n.guard and o.words is not null and w.words is not null)
group by n.kind, n.column_name, case when n.wide then $management else o.account_id end, n.wide, n.on_demand
having not (n.on_demand and min(o.words) is not null and min(w.words) is not null)
"""
# A column that is left out is told only where the thing itself is compared.
TOLD = """
insert into found by name
with cells as (
    from diff_lack l where l.column_name = '' or not exists (
        from diff_lack k where k.kind = l.kind and k.column_name = '' and k.account_id is not distinct from l.account_id)
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


def note_lacks(pair: Pair, chosen: Iterable[Kind]) -> None:
    """Make diff_lack: each kind, column ('' for the thing itself) and account that one of the runs lacks, in its words."""
    pair.run(MADE)
    once = made_once()
    needs = [row for kind in chosen for row in _needs(kind, once)]
    pair.fill("diff_need", needs)
    tables = sorted({str(row[2]) for row in needs})
    for side in SIDES:
        pair.inside(side, STANDING.format(side=side), {"tables": tables, "raw": [], "unread": []})
    facts = pair.facts["new"].management_account_id or pair.facts["old"].management_account_id
    pair.run(LACK, {"management": facts or None})


def _needs(kind: Kind, once: set[str]) -> list[Sequence[str]]:
    """Give the rows of diff_need for a kind."""

    def row(one: Call, guard: bool) -> Sequence[str]:
        service, _, operation = one.call.partition(":")
        flags = (guard, one.call in once, kind.whole, kind.on_demand)
        return (kind.name, one.column, one.table, service, operation, *map(str, flags))

    listed = [row(one, False) for one in (*kind.stands_on, *kind.needs)]
    return [*listed, *(row(one, True) for one in kind.guards)]
