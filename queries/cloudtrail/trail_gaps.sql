-- title: Gaps in the log files of a trail
-- kind: report
-- severity: medium
-- tags: cloudtrail, coverage
-- columns: gap, account, from_day, detail
-- remediation: iamsql query cloudtrail_events --arg names=StopLogging,DeleteTrail --arg accounts={account_id}
-- remediation: aws cloudtrail start-logging --region {region} --name TRAIL_NAME
-- remediation: iamsql sync --trail auto
--
-- Returns one row for each gap, by account. Events that were not logged, and events in missing log files, are missing
-- from every other answer. The gaps are: no log files; no log files since a day, or on days in between, in any Region
-- of the account, which a live account rarely has (`from_day` and `to_day` are the longest period); log files and
-- buckets that could not be read; trails that do not log, if the run collected aws_cloudtrail_trail; StopLogging and
-- DeleteTrail, even if they failed; and Regions without log files. If the run read no trail, one row says so. Digest
-- files are not verified. Start logging again, and find out who stopped it.

with trails as (
    select
        c.account_id, c.region,
        max(case when c.error_code = 'no_objects' or c.status = 'skipped' then 0 else 1 end) as has_files,
        min(c.window_start) as window_start, max(c.window_end) as window_end
    from aws_cloudtrail_coverage as c
    where c.source = 'trail'
    group by c.account_id, c.region
),

by_account as (
    select
        t.account_id, max(t.has_files) as has_files, count(*) as regions,
        sum(1 - t.has_files) as empty_regions,
        string_agg(case when t.has_files = 0 then t.region end, ', ' order by t.region) as empty_names,
        min(t.window_start) at time zone 'UTC' as window_start,
        max(t.window_end) at time zone 'UTC' as window_end
    from trails as t
    group by t.account_id
),

any_trail as (
    select count(*) as accounts, min(b.window_start) as window_start, max(b.window_end) as window_end
    from by_account as b
),

unread_objects as (
    select
        c.account_id, c.region, c.operation,
        coalesce(c.error_code, c.status) as code,
        regexp_extract(c.error_message, '^\S+\.json(\.gz)?') as object,
        try_cast(replace(regexp_extract(c.error_message, '^\S*/(\d{4}/\d{2}/\d{2})/', 1), '/', '-') as date) as day,
        c.error_message
    from iamsql.coverage as c
    where
        c.service = 's3' and c.operation in ('GetObject', 'ListObjectsV2')
        and c.status in ('partial', 'denied', 'throttled', 'expired', 'error', 'not_requested')
),

files as (
    select
        e.account_id, e.log_file,
        min(e.event_time) as first_event
    from aws_cloudtrail_event as e
    where e.log_file is not null and e.data_source <> 'import'
    group by e.account_id, e.log_file
),

days as (
    select
        f.account_id,
        coalesce(
            try_cast(replace(regexp_extract(f.log_file, '/(\d{4}/\d{2}/\d{2})/[^/]*$', 1), '/', '-') as date),
            cast(f.first_event as date)
        ) as day
    from files as f
    union
    select u.account_id, u.day
    from unread_objects as u
    where u.day is not null
),

spans as (
    select
        d.account_id, d.day,
        lead(d.day) over (partition by d.account_id order by d.day) as later_day,
        cast(b.window_end as date) as last_day
    from days as d
    inner join by_account as b on b.account_id = d.account_id
),

steps as (
    select
        s.account_id, s.day,
        coalesce(s.later_day, s.last_day) as next_day,
        s.later_day is null as is_last,
        date_diff('day', s.day, coalesce(s.later_day, s.last_day)) - 1 as missing
    from spans as s
),

gaps as (
    select
        1 as place, 'no trail was read' as gap, null as account_id, null as region, null as from_day, null as to_day,
        'events come from look-ups or imported files: iamsql sync --trail s3://BUCKET/PREFIX, or --trail auto' as detail
    from any_trail as y
    where y.accounts = 0
    union all
    select
        2, 'no log files', a.account_id, null,
        cast(y.window_start as date),
        cast(y.window_end as date),
        case
            when b.account_id is null then 'the bucket of the trail contains no objects of the account'
            else concat('none in the window, in ', b.regions, ' regions')
        end
    from iamsql.accounts as a
    cross join any_trail as y
    left join by_account as b on b.account_id = a.account_id
    where
        y.accounts > 0
        and coalesce(b.has_files, 0) = 0
        and coalesce(a.state, 'ACTIVE') = 'ACTIVE'
        and coalesce(a.outcome, '') <> 'excluded'
        and a.account_id not in (select u.account_id from unread_objects as u where u.account_id is not null)
    union all
    select
        3, 'no log files since', s.account_id, null,
        s.day + 1,
        s.next_day - 1,
        concat('days without a log file in any Region until the end of the window: ', s.missing)
    from steps as s
    where s.is_last and s.missing > 0
    union all
    select
        3, 'days without log files', s.account_id, null,
        arg_max(s.day, {'missing': s.missing, 'day': s.day}) + 1,
        arg_max(s.next_day, {'missing': s.missing, 'day': s.day}) - 1,
        concat(
            'days without a log file in any Region: ', sum(s.missing), ', in ', count(*),
            ' periods, the longest of ', max(s.missing)
        )
    from steps as s
    where not s.is_last and s.missing > 0
    group by s.account_id
    union all
    select
        4,
        case when u.operation = 'GetObject' and u.object <> '' then 'log files not read' else 'bucket not read' end,
        u.account_id, u.region,
        min(u.day),
        max(u.day),
        concat(u.code, ' ', count(*), ', such as ', min(u.error_message))
    from unread_objects as u
    where u.operation <> 'GetObject' or u.object <> '' or u.error_message like 's3://%'
    group by u.operation, u.object <> '', u.account_id, u.region, u.code
    union all
    select
        5,
        case when t.is_logging then 'trail does not deliver' else 'trail does not log' end,
        t.account_id, t.region,
        cast(t.stop_logging_time at time zone 'UTC' as date),
        null,
        concat_ws(
            ', ', t.name,
            case when not t.is_logging then 'is not logging' end,
            case when t.latest_delivery_error <> '' then concat('last delivery failed: ', t.latest_delivery_error) end
        )
    from aws_cloudtrail_trail as t
    where t.region = t.home_region and (not t.is_logging or t.latest_delivery_error <> '')
    union all
    select
        6,
        case when e.error_code is null then 'logging was stopped' else 'stop of logging failed' end,
        e.account_id, e.region,
        cast(e.event_time as date),
        null,
        concat_ws(
            ' ', e.event_name, e.target, 'by', coalesce(e.actor_arn, e.username, e.invoked_by), 'from',
            e.source_ip_address, case when e.error_code is not null then concat('(failed: ', e.error_code, ')') end
        )
    from aws_cloudtrail_event as e
    where e.event_name in ('StopLogging', 'DeleteTrail') and e.event_source = 'cloudtrail.amazonaws.com'
    union all
    select
        7, 'regions without log files', b.account_id, null,
        cast(b.window_start as date),
        cast(b.window_end as date),
        concat(b.empty_regions, ' of ', b.regions, ': ', b.empty_names)
    from by_account as b
    where b.has_files = 1 and b.empty_regions > 0
)

select
    g.gap, g.account_id, a.name as account_name, g.region, g.from_day, g.to_day, g.detail,
    as_of() as as_of
from gaps as g
left join iamsql.accounts as a on a.account_id = g.account_id
order by g.place, a.position, g.account_id, g.region, g.from_day, g.gap, g.detail
