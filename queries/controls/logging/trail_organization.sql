-- title: The organization's trail logs the account
-- kind: control
-- severity: medium
-- version: 1
-- tags: cloudtrail, organization
--
-- A trail of an account's own can be stopped by whoever administers the account, and must be thought of for each new
-- account. One of the organization cannot be touched from a member, and logs an account from its first minute.

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
    where t.is_organization_trail
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
        else 'No trail of the organization logs the account.'
    end as reason,
    a.account_id as account_id,
    'global' as region
from iamsql.accounts as a
cross join iamsql.run as r
left join reached as t on t.account_id = a.account_id
where a.selected and a.state = 'ACTIVE' and a.outcome in ('read', 'partial')
order by a.position, a.account_id
