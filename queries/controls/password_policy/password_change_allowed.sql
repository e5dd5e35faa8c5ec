-- title: Ensure IAM password policy allows users to change their own password
-- kind: control
-- severity: low
-- version: 1
-- tags: passwords
--
-- Who cannot change a password that somebody else set shares it with that somebody, and cannot act when it leaks.
-- Without a policy users may not, unless they have iam:ChangePassword by another.

select
    a.arn as resource,
    unnest(password_rule(p.account_id, p.allow_users_to_change_password, 'users may change their own password')),
    a.account_id, 'global' as region
from read_accounts() as a
left join aws_iam_account_password_policy as p on p.account_id = a.account_id
order by a.position, a.account_id
