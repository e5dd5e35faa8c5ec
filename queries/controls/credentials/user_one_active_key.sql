-- title: Ensure there is only one active access key for any single IAM user
-- kind: control
-- severity: medium
-- version: 1
-- tags: access-keys, users, cis_v3.0:1.13
--
-- Two keys are meant for the days of a change from one to the other. A user who keeps both active has two secrets to
-- lose, and a second key is how a thief stays. `users_with_two_keys` says which of them is in use. The public control
-- finds no keys of users who have a path, and has no row for users whose keys are all inactive; here each user has a
-- row.

select
    u.arn as resource,
    unnest(case
        when k.active > 1 then alarm(concat('The user has ', k.active, ' active access keys.'))
        when k.active = 1 then ok('The user has one active access key.')
        else ok('The user has no active access key.')
    end),
    u.account_id, 'global' as region, u.name as user_name
from aws_iam_user as u
left join active_keys() as k on k.account_id = u.account_id and k.user_name = u.name
left join iamsql.accounts as a on a.account_id = u.account_id
order by a.position, u.arn
