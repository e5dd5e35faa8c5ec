-- title: Ensure no IAM user of the management account has an active access key
-- kind: control
-- severity: high
-- version: 1
-- tags: organization, access-keys, cis_v7.0:2.1.2
--
-- No service control policy reaches the management account: what holds everywhere else does not hold there, and a key
-- that is stolen there reaches every account. Take the place of keys by roles or Identity Center; who needs a user
-- there for an emergency needs no key. One row for each user of the management account.

select
    u.arn as resource,
    unnest(case
        when k.active = 1 then alarm('The user has an active access key, which no service control policy limits.')
        when k.active is not null then alarm(
            concat('The user has ', k.active, ' active access keys, which no service control policy limits.')
        )
        else ok('The user has no active access key.')
    end),
    u.account_id, 'global' as region, u.name as user_name
from aws_iam_user as u
cross join iamsql.run as r
left join active_keys() as k on k.account_id = u.account_id and k.user_name = u.name
where u.account_id = r.management_account_id
order by u.arn
