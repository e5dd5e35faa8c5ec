-- title: Possible reasons for an empty result
-- kind: report
-- severity: info
-- tags: coverage, cloudtrail
-- columns: holds, reason, detail
-- param: tables text = ''       # Tables that the query reads, separated by commas; all if empty
-- param: names event_list = ''  # Event names that the query selects, separated by commas; any if empty
-- param: regions text = ''      # Regions that the query selects, separated by commas; any if empty
-- param: days integer = 0       # Number of days that the query covers; 0 for the time range of the run
-- positional: tables
-- remediation: iamsql query skipped_accounts
-- remediation: iamsql query coverage_gaps
-- remediation: iamsql sync --retry-gaps
--
-- A result can be empty because nothing matches or because the data was not collected. Returns one row for each
-- possible reason. `holds` is true if the reason applies to this run. `detail` contains the numbers and, if there is
-- one, the command that helps. An empty result shows an absence only if `nothing found in the accounts read` (for
-- events, `nothing happened`) is the only reason that applies. For events, the report distinguishes four reasons: no
-- such event occurred where events were read; events could not be read; events were not requested, because the run
-- looked up other names, other Regions or fewer days; and events were not logged, because no log file reached the
-- bucket or a trail does not log. Name the events and their Regions for a precise result: IAM events are logged in
-- us-east-1 only, and events of most services in the Region where they occur. A failed call is not counted if another
-- call returned the same data for the account.

with table_calls as (
    select distinct t.service, t.operation, t.fallback_for
    from iamsql.table_calls as t
    where list_selects($tables, t.table_name)
),

replaced_calls as (
    select c.account_id, t.service, t.fallback_for as operation
    from iamsql.coverage as c
    inner join table_calls as t on t.service = c.service and t.operation = c.operation and t.fallback_for is not null
    group by c.account_id, t.service, t.fallback_for
    having
        max(case when c.status = 'ok' then 1 else 0 end) = 1
        and count(case when c.status in ('partial', 'denied', 'throttled', 'expired', 'error', 'not_requested') then 1 end) = 0
),

needed_calls as (
    select distinct
        c.account_id, c.service, c.operation,
        c.status = 'skipped' and c.error_code in ('not_selected', 'not_imported') as is_not_made,
        call_failed(c.status, c.error_code) or (c.status = 'not_requested' and c.error_code <> 'AssumeRole') as is_failed
    from iamsql.coverage as c
    inner join table_calls as t
        on t.service = c.service
        and t.operation = c.operation
        and t.operation <> 'LookupEvents'
        and t.fallback_for is null
    left join replaced_calls as r on r.account_id = c.account_id and r.service = c.service and r.operation = c.operation
    where c.status = 'ok' or r.account_id is null
),

totals as (
    select
        count(*) as accounts,
        coalesce(sum(case when a.outcome = 'complete' then 1 else 0 end), 0) as complete,
        coalesce(sum(case when a.outcome = 'incomplete' then 1 else 0 end), 0) as partly,
        coalesce(sum(case when a.outcome in ('complete', 'incomplete') then 0 else 1 end), 0) as unread
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
            distinct case when n.is_not_made then n.operation end,
            ', '
            order by case when n.is_not_made then n.operation end
        ) as calls_not_made
    from needed_calls as n
),

organization as (
    select
        count(*) as refused,
        string_agg(
            distinct concat(c.operation, ' ', coalesce(c.error_code, c.status)), ', '
            order by concat(c.operation, ' ', coalesce(c.error_code, c.status))
        ) as refusals
    from iamsql.coverage as c
    where c.service = 'organizations' and c.status in ('partial', 'denied', 'throttled', 'expired', 'error')
),

tables_read as (
    select max(case when c.operation = 'LookupEvents' then 1 else 0 end) as reads_events
    from table_calls as c
),

reads as (
    select
        v.account_id, v.region, v.source, v.look_up, v.status,
        coalesce(v.error_code, v.status) as code,
        v.window_start, v.window_end,
        v.status = 'ok' and coalesce(v.error_code, '') <> 'no_objects' as is_read,
        call_failed(v.status, v.error_code) or v.status = 'not_requested' as is_failed,
        v.source = 'trail' and v.error_code = 'no_objects' as is_silent
    from aws_cloudtrail_coverage as v
    union all
    select
        c.account_id, c.region, 'event_history', null, c.status,
        coalesce(c.error_code, c.status),
        r.window_start, r.window_end,
        c.status = 'ok',
        call_failed(c.status, c.error_code) or (c.status = 'not_requested' and c.error_code <> 'AssumeRole'),
        false
    from iamsql.coverage as c
    cross join iamsql.run as r
    where
        c.service = 'cloudtrail'
        and c.operation = 'LookupEvents'
        and not exists (select 1 from aws_cloudtrail_coverage as v where v.account_id = c.account_id)
),

regional_reads as (
    select r.*
    from reads as r
    where list_selects($regions, r.region)
),

matching_reads as (
    select r.account_id, r.region, r.source, r.look_up, r.code, r.window_start, r.window_end, r.is_read, r.is_failed
    from regional_reads as r
    where
        r.source <> 'event_history'
        or r.look_up is null
        or r.look_up not like 'EventName=%'
        or list_selects($names, replace(r.look_up, 'EventName=', ''))
),

complete_regions as (
    select r.account_id, r.region
    from matching_reads as r
    where r.source = 'trail' and r.is_read
    group by r.account_id, r.region
),

failures as (
    select
        count(distinct r.account_id) as accounts,
        count(distinct case when r.is_failed then r.account_id end) as failed_accounts,
        count(distinct case when r.is_read then r.account_id end) as read_accounts,
        min(case when r.is_read then r.window_start end) as window_start,
        max(case when r.is_read then r.window_end end) as window_end
    from matching_reads as r
    left join complete_regions as c on c.account_id = r.account_id and c.region = r.region
    where r.source = 'trail' or r.is_read or c.account_id is null
),

failed_reads as (
    select string_agg(concat(g.method, ' (accounts: ', g.accounts, ')'), ', ' order by g.accounts desc, g.method) as listed
    from (
        select
            concat(case when r.source = 'event_history' then coalesce(r.look_up, 'look-ups') else r.source end, ' ', r.code) as method,
            count(distinct r.account_id) as accounts
        from matching_reads as r
        left join complete_regions as c on c.account_id = r.account_id and c.region = r.region
        where r.is_failed and (r.source = 'trail' or c.account_id is null)
        group by method
    ) as g
),

wanted_regions as (
    select unnest(comma_list($regions)) as name
    union
    select null as name
    where trim($regions) = ''
),

unread_trail_accounts as (
    select distinct r.account_id
    from matching_reads as r
    where r.source = 'trail' and r.is_failed
),

places as (
    select
        a.account_id, r.name as region,
        max(case
            when m.account_id is null or not m.is_read then 0
            when m.source = 'trail' and t.account_id is null then 3
            when m.look_up = 'ReadOnly=false' then 2
            when m.look_up like 'EventName=%' or m.look_up is null or m.source <> 'event_history' then 1
            else 0
        end) as depth
    from iamsql.accounts as a
    cross join wanted_regions as r
    left join matching_reads as m on m.account_id = a.account_id and (r.name is null or m.region = r.name)
    left join unread_trail_accounts as t on t.account_id = a.account_id
    group by a.account_id, r.name
),

account_depths as (
    select p.account_id, min(p.depth) as depth
    from places as p
    group by p.account_id
),

depths as (
    select
        count(*) as accounts,
        coalesce(sum(case when d.depth = 3 then 1 else 0 end), 0) as by_trail,
        coalesce(sum(case when d.depth = 2 then 1 else 0 end), 0) as by_writes,
        coalesce(sum(case when d.depth = 1 then 1 else 0 end), 0) as by_names
    from account_depths as d
),

lookups as (
    select
        string_agg(distinct r.region, ', ' order by r.region) as regions,
        count(distinct case when r.look_up like 'EventName=%' then r.look_up end) as names
    from regional_reads as r
    where r.source = 'event_history' and r.is_read
),

names_missing as (
    select string_agg(n.name, ', ' order by n.name) as names
    from (select unnest(comma_list($names)) as name) as n
    where
        not exists (
            select 1
            from regional_reads as r
            where
                r.is_read
                and (
                    r.source = 'trail'
                    or r.look_up in ('ReadOnly=false', concat('EventName=', n.name))
                    or (r.source = 'event_history' and r.look_up is null)
                )
        )
),

regions_missing as (
    select string_agg(w.name, ', ' order by w.name) as names
    from wanted_regions as w
    where w.name is not null and not exists (select 1 from reads as r where r.region = w.name)
),

silent_trails as (
    select
        count(distinct case when s.is_silent then s.account_id end) as accounts
    from regional_reads as s
    where
        not exists (
            select 1
            from reads as r
            where r.account_id = s.account_id and r.source = 'trail' and not r.is_silent
        )
),

stopped_trails as (
    select count(distinct t.arn) as trails
    from aws_cloudtrail_trail as t
    where not t.is_logging
),

events as (
    select count(*) as found
    from aws_cloudtrail_event as e
    where list_selects($names, e.event_name) and list_selects($regions, e.region)
),

reasons as (
    select
        1 as place, 'nothing found in the accounts read' as reason,
        t.complete + t.partly > 0 as holds,
        concat(t.complete, ' of ', t.accounts, ' accounts read in full, ', t.partly, ' in part') as detail
    from totals as t
    union all
    select
        2, 'no account could be read',
        t.complete + t.partly = 0,
        concat(t.unread, ' of ', t.accounts, ' accounts not read: iamsql query skipped_accounts')
    from totals as t
    union all
    select
        3, 'some accounts were not read',
        t.unread > 0,
        concat(t.unread, ' of ', t.accounts, ' accounts not read: iamsql query skipped_accounts')
    from totals as t
    union all
    select
        4, 'calls failed in accounts that were read',
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
        5, 'calls were not requested in this run',
        g.calls_not_made is not null,
        case
            when g.calls_not_made is not null
                then concat(g.calls_not_made, ': iamsql sync --table NAME, or import files of them')
            else 'every call was requested'
        end
    from gaps as g
    union all
    select
        6, 'no organization access',
        r.organization_id is null or o.refused > 0,
        case
            when o.refused > 0 then o.refusals
            when r.organization_id is null then 'no organization was seen; only the caller''s own account is here'
            else concat('organization ', r.organization_id)
        end
    from iamsql.run as r
    cross join organization as o
    union all
    select
        7, 'events: nothing happened',
        k.reads_events = 1 and f.read_accounts > 0 and e.found = 0,
        case
            when coalesce(k.reads_events, 0) = 0 then 'the tables do not depend on events'
            else concat(
                e.found, ' events in ', f.read_accounts, ' of ', d.accounts, ' accounts from ',
                coalesce(
                    strftime(coalesce(f.window_start, r.window_start) at time zone 'UTC', '%Y-%m-%d'), 'an unknown day'
                ),
                ' to ',
                coalesce(strftime(coalesce(f.window_end, r.window_end) at time zone 'UTC', '%Y-%m-%d'), 'an unknown day')
            )
        end
    from iamsql.run as r
    cross join tables_read as k
    cross join events as e
    cross join failures as f
    cross join depths as d
    union all
    select
        8, 'events: could not be read',
        k.reads_events = 1 and w.listed is not null,
        case
            when coalesce(k.reads_events, 0) = 0 then 'the tables do not depend on events'
            else coalesce(w.listed, 'no requested look-up failed')
        end
    from tables_read as k
    cross join failed_reads as w
    union all
    select
        9, 'events: not requested',
        k.reads_events = 1
        and (
            n.names is not null
            or g.names is not null
            or d.by_trail
            + case when trim($names) <> '' and trim($regions) <> '' then d.by_writes + d.by_names else 0 end
            < d.accounts
            or ($days > 0 and coalesce(f.window_start, r.window_start) > r.started_at - to_hours(24 * $days - 1))
        ),
        case
            when coalesce(k.reads_events, 0) = 0 then 'the tables do not depend on events'
            else concat_ws(
                '; ',
                case when n.names is not null then concat('not looked up: ', n.names) end,
                case when g.names is not null then concat('no data of ', g.names) end,
                case
                    when $days > 0 and coalesce(f.window_start, r.window_start) > r.started_at - to_hours(24 * $days - 1)
                        then concat(
                            'nothing before ',
                            strftime(coalesce(f.window_start, r.window_start) at time zone 'UTC', '%Y-%m-%d')
                        )
                end,
                concat(
                    'of ', d.accounts, ' accounts: all events of ', d.by_trail, ', writes of ', d.by_writes,
                    ', some events of ', d.by_names, ', nothing of ',
                    d.accounts - d.by_trail - d.by_writes - d.by_names
                ),
                case when l.regions is not null then concat('looked up in ', l.regions) end
            )
        end
    from iamsql.run as r
    cross join tables_read as k
    cross join depths as d
    cross join failures as f
    cross join lookups as l
    cross join names_missing as n
    cross join regions_missing as g
    union all
    select
        10, 'events: not logged',
        k.reads_events = 1 and (s.accounts > 0 or t.trails > 0),
        case
            when coalesce(k.reads_events, 0) = 0 then 'the tables do not depend on events'
            when s.accounts = 0 and t.trails = 0 then 'no sign of it'
            else concat_ws(
                '; ',
                case when s.accounts > 0 then concat('accounts without a log file in the window: ', s.accounts) end,
                case when t.trails > 0 then concat('trails that do not log: ', t.trails) end,
                'iamsql query trail_gaps'
            )
        end
    from tables_read as k
    cross join silent_trails as s
    cross join stopped_trails as t
)

select r.reason, r.holds, r.detail
from reasons as r
order by r.place
