-- title: Ensure a multi-Region CloudTrail trail logs the account
-- kind: control
-- severity: high
-- version: 1
-- tags: cloudtrail, security_hub:CloudTrail.1
--
-- A trail of one region misses what a thief does in another, which is where they go. A trail of the account or one of
-- the organization will do. Where the status of an organization's trail cannot be read from any account the public
-- control asks a person to look; here it is unknown.

with reached as (
    select
        t.account_id,
        max(case when t.is_logging then t.name end) as name,
        max(case when t.is_logging is null then t.name end) as unread,
        max(case when not t.is_logging then t.name end) as stopped
    from account_trails() as t
    where t.is_multi_region_trail
    group by t.account_id
)

select
    a.arn as resource,
    unnest(case
        when t.name is not null then ok(concat('The trail ', t.name, ' logs the account.'))
        when t.unread is not null then unknown(concat('the status of the trail ', t.unread, ' was not read.'))
        when t.stopped is not null then alarm(concat('The trail ', t.stopped, ' is off.'))
        else alarm('No trail of all regions logs the account.')
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join reached as t on t.account_id = a.account_id
order by a.position, a.account_id
