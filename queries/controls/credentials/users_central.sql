-- title: Ensure IAM users are managed centrally via identity federation or AWS Organizations
-- kind: control
-- severity: low
-- version: 1
-- tags: users, identity-center, manual, cis_v3.0:1.21, cis_v7.0:2.19
--
-- People who sign in through Identity Center, or a federation, have one account that ends when they leave; an IAM user
-- of each account has to be found first. Whether the users that are left must be is for a person to say: the row
-- counts those with a password.

with people as (
    select u.account_id, count(*) as users
    from aws_iam_user as u
    where u.password_enabled or u.password_enabled is null
    group by u.account_id
)

select
    a.arn as resource, 'info' as status,
    case
        when coalesce(p.users, 0) = 0 then 'No IAM user of the account has a password.'
        when p.users = 1 then 'Look whether the one IAM user with a password must be one.'
        else concat('Look whether the ', p.users, ' IAM users with a password must be.')
    end as reason,
    a.account_id, 'global' as region
from read_accounts() as a
left join people as p on p.account_id = a.account_id
order by a.position, a.account_id
