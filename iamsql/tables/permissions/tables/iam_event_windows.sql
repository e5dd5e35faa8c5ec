-- Returns the period whose events the run read in each account, and its gaps. The period has at most the last `days` days (0:
-- all).
--   is_read: log files of the account were read
--   complete_days: the number of the last days without a gap, as a value for `days`; NULL if there are no gaps, or no such days
-- An action that was not seen in a period with gaps may have been used.
--
-- CloudTrail delivers no log file for an hour without API activity. A day without log files of an account is not a gap if an
-- organization trail meets three conditions: it delivered log files of another account for the day, it has logged since before the
-- day, and it recorded the account before. The delivery then worked, and the files of the day are still in the bucket. Digest
-- files would prove more, but they are not read. Source: "CloudTrail digest file structure" in the AWS CloudTrail User Guide.
-- returns: account_id VARCHAR, window_start TIMESTAMP, window_end TIMESTAMP, is_read BOOLEAN, gaps VARCHAR[], complete_days BIGINT
create or replace macro iam_event_windows(days) as table
with reads as (
    select
        v.account_id, v.source, v.region, v.status, v.error_code, v.window_start at time zone 'UTC' as window_start,
        v.window_end at time zone 'UTC' as window_end,
        v.status in ('ok', 'partial') and coalesce(v.error_code, '') <> 'no_objects' as has_files
    from aws_cloudtrail_coverage as v
    where v.source in ('trail', 'import')
),

windows as (
    select
        p.account_id, p.window_end,
        case
            when days > 0 then greatest(p.window_start, p.window_end - to_days(cast(days as integer)))
            else p.window_start
        end as window_start
    from (
        select r.account_id, min(r.window_start) as window_start, max(r.window_end) as window_end
        from reads as r
        where r.has_files
        group by r.account_id
    ) as p
),

file_days as materialized (
    select distinct e.account_id, cast(e.event_time as date) as day, e.data_source
    from aws_cloudtrail_event as e
    where e.log_file is not null
),

organization_trails as materialized (
    select t.account_id, t.arn, t.logging_since
    from iam_read_trails() as t
    where t.is_organization_trail and t.source = 'trail' and t.logging_since is not null
),

-- The days on which an organization trail delivered log files of any of its accounts.
delivered_days as (
    select distinct t.arn, f.day
    from organization_trails as t
    inner join file_days as f on f.account_id = t.account_id and f.data_source = 'trail'
),

recorded_accounts as (
    select c.account_id, min(c.first_day) as first_day
    from (
        select f.account_id, f.day as first_day from file_days as f where f.data_source = 'trail'
        union all
        select o.id, cast(o.joined_timestamp at time zone 'UTC' as date) from aws_organizations_account as o
    ) as c
    group by c.account_id
),

quiet_days as (
    select distinct t.account_id, d.day
    from organization_trails as t
    inner join delivered_days as d on d.arn = t.arn and d.day > t.logging_since
    inner join recorded_accounts as c on c.account_id = t.account_id and c.first_day < d.day
),

-- The complete days of the window.
window_days as (
    select
        w.account_id,
        cast(unnest(generate_series(
            date_trunc('day', w.window_start + interval '1 day' - interval '1 microsecond'),
            date_trunc('day', w.window_end) - interval '1 day', interval '1 day'
        )) as date) as day
    from windows as w
),

empty_days as (
    select d.account_id, count(*) as days, min(d.day) as first_day, max(d.day) as last_day
    from window_days as d
    anti join file_days as f on f.account_id = d.account_id and f.day = d.day
    anti join quiet_days as q on q.account_id = d.account_id and q.day = d.day
    group by d.account_id
),

failures as (
    select
        r.account_id,
        concat(
            'log files not read in ', string_agg(distinct r.region, ', ' order by r.region), ' (',
            string_agg(distinct coalesce(r.error_code, r.status), ', ' order by coalesce(r.error_code, r.status)), ')'
        ) as gap
    from reads as r
    where call_failed(r.status, r.error_code)
    group by r.account_id
),

trails as (
    select
        t.account_id, bool_or(t.logs_all_management_events) as logs_all_management_events,
        bool_and(contains(coalesce(t.excluded_sources, ''), 'some sources')) as excludes_sources
    from iam_read_trails() as t
    group by t.account_id
),

facts as (
    select
        a.account_id, w.window_start, w.window_end, w.account_id is not null as is_read,
        case
            when d.days = 1 then concat('1 day without log files, ', d.first_day)
            when d.days > 1 then concat(d.days, ' days without log files, from ', d.first_day, ' to ', d.last_day)
        end as empty_days,
        greatest(date_diff('day', d.last_day, w.window_end) - 1, 0) as complete_days,
        case
            when w.account_id is null then 'no log files of a trail were read'
            when t.account_id is null then 'no trail that logs all Regions to the place that was read is known'
            when t.logs_all_management_events is null then 'the event selectors of the trail were not read'
            when not t.logs_all_management_events then 'the trail does not log all management events'
            when t.excludes_sources then 'the trail does not log some event sources'
        end as trail_gap,
        f.gap as failure
    from iamsql.accounts as a
    left join windows as w on w.account_id = a.account_id
    left join empty_days as d on d.account_id = a.account_id
    left join failures as f on f.account_id = a.account_id
    left join trails as t on t.account_id = a.account_id
)

select
    f.account_id, f.window_start, f.window_end, f.is_read,
    [gap_ for gap_ in [f.empty_days, f.failure, f.trail_gap] if gap_ is not null] as gaps,
    case when f.failure is null and f.trail_gap is null and f.complete_days > 0 then f.complete_days end as complete_days
from facts as f;
