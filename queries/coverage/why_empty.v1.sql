-- title: Why an answer may be empty
-- kind: report
-- severity: info
-- version: 1
-- tags: coverage
-- param: tables text = ''             # Tables that the empty answer stands on, parted by commas; all when left out
--
-- An empty answer can mean that all is well, or that nobody looked. One row for each possible reason: whether it holds
-- in this run, and the numbers behind it. Only when the first reason holds and no other does is an empty answer good
-- news. A failed call that another call stood in for in the same account is not counted.

with wanted as (
    select distinct
        t.service,
        t.operation,
        t.stand_in_for
    from iamsql.table_calls as t
    where
        trim($tables) = ''
        or position(concat(',', t.table_name, ',') in concat(',', replace($tables, ' ', ''), ',')) > 0
),

replaced as (
    select
        c.account_id,
        w.service,
        w.stand_in_for as operation
    from iamsql.coverage as c
    inner join wanted as w on w.service = c.service and w.operation = c.operation and w.stand_in_for is not null
    group by c.account_id, w.service, w.stand_in_for
    having
        max(case when c.status = 'ok' then 1 else 0 end) = 1
        and max(case
            when c.status in ('partial', 'denied', 'throttled', 'expired', 'error', 'not_asked') then 1
            else 0
        end) = 0
),

needed as (
    select distinct
        c.account_id,
        c.service,
        c.operation,
        c.status = 'ok' as is_read,
        c.status = 'skipped' and c.error_code in ('not_selected', 'not_imported') as is_unmade,
        c.status in ('partial', 'denied', 'throttled', 'expired', 'error')
        or (c.status = 'not_asked' and c.error_code <> 'AssumeRole')
        or c.error_code = 'max_calls' as is_failed
    from iamsql.coverage as c
    inner join wanted as w on w.service = c.service and w.operation = c.operation and w.stand_in_for is null
    left join replaced as r
        on r.account_id = c.account_id and r.service = c.service and r.operation = c.operation
    where c.status = 'ok' or r.account_id is null
),

totals as (
    select
        count(*) as accounts,
        coalesce(sum(case when a.outcome = 'read' then 1 else 0 end), 0) as whole,
        coalesce(sum(case when a.outcome = 'partial' then 1 else 0 end), 0) as partly,
        coalesce(sum(case when a.outcome in ('read', 'partial') then 0 else 1 end), 0) as unread
    from iamsql.accounts as a
),

gaps as (
    select
        count(distinct case when n.is_failed then n.account_id end) as failed_accounts,
        string_agg(
            distinct case when n.is_failed then n.operation end,
            ', '
            order by case when n.is_failed then n.operation end
        ) as failed_calls,
        string_agg(
            distinct case when n.is_unmade then n.operation end,
            ', '
            order by case when n.is_unmade then n.operation end
        ) as unmade_calls,
        count(distinct case when n.operation = 'LookupEvents' and n.is_failed then n.account_id end) as trails_failed,
        count(distinct case
            when n.operation = 'LookupEvents' and (n.is_failed or n.is_read) then n.account_id
        end) as trails_asked,
        max(case when n.operation = 'LookupEvents' then 1 else 0 end) as asks_events
    from needed as n
),

organization as (
    select
        count(*) as refused,
        string_agg(distinct concat(c.operation, ' ', coalesce(c.error_code, c.status)), ', ') as refusals
    from iamsql.coverage as c
    where c.service = 'organizations' and c.status in ('partial', 'denied', 'throttled', 'expired', 'error')
),

events as (
    select count(*) as found
    from aws_cloudtrail_lookup_event as e
),

reasons as (
    select
        1 as place,
        'nothing found in the accounts read' as reason,
        t.whole + t.partly > 0 as holds,
        concat(t.whole, ' of ', t.accounts, ' accounts read in full, ', t.partly, ' in part') as detail
    from totals as t
    union all
    select
        2,
        'no account could be read',
        t.whole + t.partly = 0,
        concat(t.unread, ' of ', t.accounts, ' accounts not read: iamsql query skipped_accounts')
    from totals as t
    union all
    select
        3,
        'some accounts were not read',
        t.unread > 0,
        concat(t.unread, ' of ', t.accounts, ' accounts not read: iamsql query skipped_accounts')
    from totals as t
    union all
    select
        4,
        'calls failed in accounts that were read',
        g.failed_accounts > 0,
        case
            when g.failed_accounts > 0
                then concat(
                    g.failed_calls, ' in ', g.failed_accounts, ' of ', t.accounts,
                    ' accounts: iamsql query coverage_gaps'
                )
            else 'no call failed'
        end
    from gaps as g
    cross join totals as t
    union all
    select
        5,
        'calls were not asked for in this run',
        g.unmade_calls is not null,
        case
            when g.unmade_calls is not null
                then concat(g.unmade_calls, ': iamsql sync --table NAME, or import files of them')
            else 'every call was asked for'
        end
    from gaps as g
    union all
    select
        6,
        'no organization access',
        o.organization_id is null or z.refused > 0,
        case
            when z.refused > 0 then z.refusals
            when o.organization_id is null then 'no organization was seen; only the caller''s own account is here'
            else concat('organization ', o.organization_id)
        end
    from iamsql.run as o
    cross join organization as z
    union all
    select
        7,
        'no events in the window',
        g.trails_asked > g.trails_failed and v.found = 0,
        concat(
            v.found,
            ' events from ',
            coalesce(strftime(o.window_start at time zone 'UTC', '%Y-%m-%d'), 'an unknown day'),
            ' to ',
            coalesce(strftime(o.window_end at time zone 'UTC', '%Y-%m-%d'), 'an unknown day')
        )
    from iamsql.run as o
    cross join events as v
    cross join gaps as g
    union all
    select
        8,
        'the trail could not be read',
        g.trails_failed > 0 or (coalesce(g.asks_events, 0) = 1 and g.trails_asked = 0),
        case
            when coalesce(g.asks_events, 0) = 0 then 'the tables do not stand on events'
            when g.trails_asked = 0 then 'no look-up was made'
            else concat('look-ups failed in ', g.trails_failed, ' of ', g.trails_asked, ' accounts')
        end
    from gaps as g
)

select
    r.reason as reason,
    r.holds as holds,
    r.detail as detail
from reasons as r
order by r.place
