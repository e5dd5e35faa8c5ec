-- title: A trail of all regions logs the account
-- kind: control
-- severity: high
-- version: 1
-- tags: cloudtrail, security_hub:CloudTrail.1
--
-- A trail of one region misses what a thief does in another, which is where they go. A trail of the account or one of
-- the organization will do. Where the status of an organization's trail cannot be read from any account the public
-- control asks a person to look; here it is unknown.

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
        max(case when k.is_logging then t.name end) as name,
        max(case when k.is_logging is null then t.name end) as unread,
        max(case when not k.is_logging then t.name end) as stopped
    from aws_cloudtrail_trail as t
    inner join known as k on k.arn = t.arn
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
        when t.name is not null then concat('The trail ', t.name, ' logs the account.')
        when t.unread is not null then concat('Unknown: the status of the trail ', t.unread, ' was not read.')
        when t.stopped is not null then concat('The trail ', t.stopped, ' is off.')
        else 'No trail of all regions logs the account.'
    end as reason,
    a.account_id as account_id,
    'global' as region
from iamsql.accounts as a
cross join iamsql.run as r
left join reached as t on t.account_id = a.account_id
where a.selected and a.state = 'ACTIVE' and a.outcome in ('read', 'partial')
order by a.position, a.account_id
