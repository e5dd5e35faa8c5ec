-- title: All management events are logged
-- kind: control
-- severity: high
-- version: 1
-- tags: cloudtrail, security_hub:CloudTrail.1
--
-- Reads are how a thief finds out what there is; a trail that writes down changes alone misses them. A trail of all
-- regions that is on must log reading and writing management events. The public control is content with advanced
-- selectors that choose no management events; here they do not count. A trail whose status could not be read from any
-- account is unknown.

with known as (
    select
        t.arn,
        bool_or(t.is_logging) as is_logging
    from aws_cloudtrail_trail as t
    group by t.arn
),

basic as (
    select
        b.account_id,
        b.region,
        b.arn,
        max(
            case
                when b.item ->> '$.ReadWriteType' = 'All' and b.item ->> '$.IncludeManagementEvents' = 'true' then 1
                else 0
            end
        ) as is_whole,
        string_agg(
            nullif(trim(cast(b.item -> '$.ExcludeManagementEventSources' as varchar), '[]"'), 'null'), ', '
        ) as excluded
    from (
        select
            t.account_id,
            t.region,
            t.arn,
            unnest(cast(t.event_selectors as json[])) as item
        from aws_cloudtrail_trail as t
    ) as b
    group by b.account_id, b.region, b.arn
),

advanced as (
    select
        b.account_id,
        b.region,
        b.arn,
        max(
            case
                when contains(b.item, '"Management"') and not contains(b.item, '"readOnly"') then 1
                else 0
            end
        ) as is_whole,
        max(
            case
                when contains(b.item, '"Management"') and contains(b.item, '"eventSource"') then 'some sources'
            end
        ) as excluded
    from (
        select
            t.account_id,
            t.region,
            t.arn,
            cast(unnest(cast(t.advanced_event_selectors as json[])) as varchar) as item
        from aws_cloudtrail_trail as t
    ) as b
    group by b.account_id, b.region, b.arn
),

chosen as (
    select
        t.account_id,
        t.region,
        t.arn,
        greatest(b.is_whole, d.is_whole) as is_whole,
        coalesce(nullif(b.excluded, ''), d.excluded) as excluded
    from aws_cloudtrail_trail as t
    left join basic as b on b.account_id = t.account_id and b.region = t.region and b.arn = t.arn
    left join advanced as d on d.account_id = t.account_id and d.region = t.region and d.arn = t.arn
),

reached as (
    select
        t.account_id,
        max(case when k.is_logging and c.is_whole = 1 then t.name end) as name,
        max(case when k.is_logging is null or (k.is_logging and c.is_whole is null) then t.name end) as unread
    from aws_cloudtrail_trail as t
    inner join known as k on k.arn = t.arn
    left join chosen as c on c.account_id = t.account_id and c.region = t.region and c.arn = t.arn
    where t.is_multi_region_trail
    group by t.account_id
)

select
    concat('arn:', r."partition", ':::', a.account_id) as resource,
    case
        when t.name is not null then 'ok'
        when t.unread is not null then 'error'
        else 'alarm'
    end as status,
    case
        when t.name is not null then concat('The trail ', t.name, ' logs reads and writes in all regions.')
        when t.unread is not null then concat('Unknown: what the trail ', t.unread, ' logs was not read.')
        else 'No trail logs reads and writes of management events in all regions.'
    end as reason,
    a.account_id as account_id,
    'global' as region
from iamsql.accounts as a
cross join iamsql.run as r
left join reached as t on t.account_id = a.account_id
where a.selected and a.state = 'ACTIVE' and a.outcome in ('read', 'partial')
order by a.position, a.account_id
