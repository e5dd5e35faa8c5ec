-- title: Ensure an organization trail logs the account
-- kind: control
-- severity: medium
-- version: 1
-- tags: cloudtrail, organization
--
-- A trail of an account's own can be stopped by whoever administers the account, and must be thought of for each new
-- account. One of the organization cannot be touched from a member, and logs an account from its first minute.

with reached as (
    select
        t.account_id,
        max(case when t.is_logging then t.name end) as name,
        max(case when t.is_logging is null then t.name end) as unread,
        max(case when not t.is_logging then t.name end) as stopped
    from account_trails() as t
    where t.is_organization_trail
    group by t.account_id
)

select
    a.arn as resource,
    unnest(case
        when t.name is not null then ok(concat('The trail ', t.name, ' logs the account.'))
        when t.unread is not null then unknown(concat('the status of the trail ', t.unread, ' was not read.'))
        when t.stopped is not null then alarm(concat('The trail ', t.stopped, ' is off.'))
        else alarm('No trail of the organization logs the account.')
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join reached as t on t.account_id = a.account_id
order by a.position, a.account_id
