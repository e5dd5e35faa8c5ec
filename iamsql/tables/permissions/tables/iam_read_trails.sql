-- Returns the trails whose log files the run read, by account: multi-Region trails that log, and deliver to the bucket that was
-- read. Imported log files do not name their bucket, so every such trail of the account counts for them. `logs_all_management_events` and `excluded_sources`
-- are as in trail_selectors(). `logging_since` is the time of the last start of the trail's logging.
-- returns: account_id VARCHAR, arn VARCHAR, source VARCHAR, is_organization_trail BOOLEAN, logging_since TIMESTAMP, logs_all_management_events BOOLEAN, excluded_sources VARCHAR
create or replace macro iam_read_trails() as table
with trails as (
    select
        t.arn, bool_or(t.is_organization_trail) as is_organization_trail, list(t.account_id order by t.account_id) as accounts,
        max(t.start_logging_time) at time zone 'UTC' as logging_since,
        min(concat('s3://', t.s3_bucket_name, '/' || nullif(t.s3_key_prefix, ''))) as location
    from aws_cloudtrail_trail as t
    group by t.arn
    having bool_or(t.is_logging) and bool_or(t.is_multi_region_trail)
),

selectors as (
    select s.arn, bool_or(s.logs_all_management_events) as logs_all_management_events, max(s.excluded_sources) as excluded_sources
    from trail_selectors() as s
    group by s.arn
),

reads as (
    select distinct v.account_id, v.source, v.look_up
    from aws_cloudtrail_coverage as v
    where v.source in ('trail', 'import')
)

select distinct r.account_id, t.arn, r.source, t.is_organization_trail, t.logging_since, s.logs_all_management_events, s.excluded_sources
from reads as r
inner join trails as t
    on (t.is_organization_trail or list_contains(t.accounts, r.account_id))
    and (
        r.source = 'import' or rtrim(r.look_up, '/') = rtrim(t.location, '/')
        or starts_with(r.look_up, concat(rtrim(t.location, '/'), '/AWSLogs'))
    )
left join selectors as s on s.arn = t.arn;
