-- Returns each trail once, in the account that owns it: the row of the home Region or, if that was not read, the copy of another
-- Region.
-- returns: account_id VARCHAR, region VARCHAR, arn VARCHAR, name VARCHAR, is_logging BOOLEAN, is_multi_region_trail BOOLEAN, include_global_service_events BOOLEAN, log_file_validation_enabled BOOLEAN, has_insight_selectors BOOLEAN, kms_key_id VARCHAR, log_group_arn VARCHAR, latest_delivery_error VARCHAR, latest_delivery_time TIMESTAMP WITH TIME ZONE, latest_cloudwatch_logs_delivery_time TIMESTAMP WITH TIME ZONE, stop_logging_time TIMESTAMP WITH TIME ZONE
create or replace macro home_trails() as table
select
    t.account_id, t.region, t.arn, t.name, t.is_logging, t.is_multi_region_trail, t.include_global_service_events,
    t.log_file_validation_enabled, t.has_insight_selectors, t.kms_key_id, t.log_group_arn, t.latest_delivery_error,
    t.latest_delivery_time, t.latest_cloudwatch_logs_delivery_time, t.stop_logging_time
from aws_cloudtrail_trail as t
where t.arn like concat('%:', t.account_id, ':trail/%')
qualify row_number() over (
    partition by t.account_id, t.arn
    order by case when t.region = t.home_region then 0 else 1 end, t.region
) = 1;

-- Returns what the event selectors of each row of a trail select. `logs_all` is 1 if the trail logs read and write management
-- events, and NULL if no selectors were read. `excluded` lists the event sources that the trail does not log.
-- returns: account_id VARCHAR, region VARCHAR, arn VARCHAR, logs_all BIGINT, excluded VARCHAR
create or replace macro trail_selectors() as table
with basic as (
    select
        b.account_id, b.region, b.arn,
        max(
            case
                when b.item ->> '$.ReadWriteType' = 'All' and b.item ->> '$.IncludeManagementEvents' = 'true' then 1
                else 0
            end
        ) as logs_all,
        string_agg(
            nullif(trim(cast(b.item -> '$.ExcludeManagementEventSources' as varchar), '[]"'), 'null'), ', '
            order by cast(b.item -> '$.ExcludeManagementEventSources' as varchar)
        ) as excluded
    from (
        select t.account_id, t.region, t.arn, unnest(cast(t.event_selectors as json[])) as item
        from aws_cloudtrail_trail as t
    ) as b
    group by b.account_id, b.region, b.arn
),

advanced as (
    select
        d.account_id, d.region, d.arn,
        max(case when contains(d.item, '"Management"') and not contains(d.item, '"readOnly"') then 1 else 0 end) as logs_all,
        max(case when contains(d.item, '"Management"') and contains(d.item, '"eventSource"') then 'some sources' end) as excluded
    from (
        select t.account_id, t.region, t.arn, cast(unnest(cast(t.advanced_event_selectors as json[])) as varchar) as item
        from aws_cloudtrail_trail as t
    ) as d
    group by d.account_id, d.region, d.arn
)

select
    t.account_id, t.region, t.arn,
    cast(greatest(b.logs_all, d.logs_all) as bigint) as logs_all,
    coalesce(nullif(b.excluded, ''), d.excluded) as excluded
from aws_cloudtrail_trail as t
left join basic as b on b.account_id = t.account_id and b.region = t.region and b.arn = t.arn
left join advanced as d on d.account_id = t.account_id and d.region = t.region and d.arn = t.arn;

-- Returns the rows of the trails in each account. `is_logging` is true if any row of the trail in any account is true.
-- returns: account_id VARCHAR, region VARCHAR, arn VARCHAR, name VARCHAR, is_multi_region_trail BOOLEAN, is_organization_trail BOOLEAN, is_logging BOOLEAN
create or replace macro account_trails() as table
select t.account_id, t.region, t.arn, t.name, t.is_multi_region_trail, t.is_organization_trail, k.is_logging
from aws_cloudtrail_trail as t
inner join (
    select o.arn, bool_or(o.is_logging) as is_logging
    from aws_cloudtrail_trail as o
    group by o.arn
) as k on k.arn = t.arn;

-- Returns the rows of a control that checks that a trail of a kind, 'multi-Region' or 'organization', logs each account.
-- returns: resource VARCHAR, status VARCHAR, reason VARCHAR, account_id VARCHAR, region VARCHAR
create or replace macro account_trail_results(kind) as table
with trails as (
    select
        t.account_id,
        max(case when t.is_logging then t.name end) as logging,
        max(case when t.is_logging is null then t.name end) as unread,
        max(case when not t.is_logging then t.name end) as stopped
    from account_trails() as t
    where case kind when 'organization' then t.is_organization_trail else t.is_multi_region_trail end
    group by t.account_id
)

select
    a.arn as resource,
    unnest(case
        when t.logging is not null then ok(concat('The ', kind, ' trail ', t.logging, ' logs the account.'))
        when t.unread is not null then unknown(concat('the status of the trail ', t.unread, ' was not read.'))
        when t.stopped is not null then alarm(concat('The ', kind, ' trail ', t.stopped, ' is not logging.'))
        else alarm(concat('No ', kind, ' trail logs the account.'))
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join trails as t on t.account_id = a.account_id;
