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

reached as (
    select
        t.account_id,
        max(case when k.is_logging and c.is_whole = 1 then t.name end) as name,
        max(case when k.is_logging is null or (k.is_logging and c.is_whole is null) then t.name end) as unread
    from aws_cloudtrail_trail as t
    inner join known as k on k.arn = t.arn
    left join trail_selectors() as c on c.account_id = t.account_id and c.region = t.region and c.arn = t.arn
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
