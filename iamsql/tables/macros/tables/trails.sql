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

-- Returns what the event selectors of each row of a trail select. `logs_all_management_events` is true if a selector logs read and
-- write management events, and NULL if no selectors were read. `excluded_sources` lists the event sources that basic selectors
-- exclude. It is 'some sources' if an advanced selector has a condition on the event source.
-- returns: account_id VARCHAR, region VARCHAR, arn VARCHAR, logs_all_management_events BOOLEAN, excluded_sources VARCHAR
create or replace macro trail_selectors() as table
with basic_selectors as (
    select
        b.account_id, b.region, b.arn,
        bool_or(coalesce(
            b.item ->> '$.ReadWriteType' = 'All' and b.item ->> '$.IncludeManagementEvents' = 'true', false
        )) as logs_all_management_events,
        string_agg(
            nullif(trim(cast(b.item -> '$.ExcludeManagementEventSources' as varchar), '[]"'), 'null'), ', '
            order by cast(b.item -> '$.ExcludeManagementEventSources' as varchar)
        ) as excluded_sources
    from (
        select t.account_id, t.region, t.arn, unnest(cast(t.event_selectors as json[])) as item
        from aws_cloudtrail_trail as t
    ) as b
    group by b.account_id, b.region, b.arn
),

advanced_selectors as (
    select
        d.account_id, d.region, d.arn,
        bool_or(coalesce(
            contains(d.item, '"Management"') and not contains(d.item, '"readOnly"'), false
        )) as logs_all_management_events,
        max(
            case when contains(d.item, '"Management"') and contains(d.item, '"eventSource"') then 'some sources' end
        ) as excluded_sources
    from (
        select t.account_id, t.region, t.arn, cast(unnest(cast(t.advanced_event_selectors as json[])) as varchar) as item
        from aws_cloudtrail_trail as t
    ) as d
    group by d.account_id, d.region, d.arn
)

select
    t.account_id, t.region, t.arn,
    greatest(b.logs_all_management_events, d.logs_all_management_events) as logs_all_management_events,
    coalesce(nullif(b.excluded_sources, ''), d.excluded_sources) as excluded_sources
from aws_cloudtrail_trail as t
left join basic_selectors as b on b.account_id = t.account_id and b.region = t.region and b.arn = t.arn
left join advanced_selectors as d on d.account_id = t.account_id and d.region = t.region and d.arn = t.arn;

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
        max(case when t.is_logging then t.name end) as logging_trail,
        max(case when t.is_logging is null then t.name end) as unread_trail,
        max(case when not t.is_logging then t.name end) as stopped_trail
    from account_trails() as t
    where case kind when 'organization' then t.is_organization_trail else t.is_multi_region_trail end
    group by t.account_id
)

select
    a.arn as resource,
    unnest(case
        when t.logging_trail is not null then ok(concat('The ', kind, ' trail ', t.logging_trail, ' logs the account.'))
        when t.unread_trail is not null then unknown(concat('the status of the trail ', t.unread_trail, ' was not read.'))
        when t.stopped_trail is not null then alarm(concat('The ', kind, ' trail ', t.stopped_trail, ' is not logging.'))
        else alarm(concat('No ', kind, ' trail logs the account.'))
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join trails as t on t.account_id = a.account_id;
