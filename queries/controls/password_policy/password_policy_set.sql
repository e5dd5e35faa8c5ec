-- title: Ensure the account has a custom IAM password policy
-- kind: control
-- severity: medium
-- version: 1
-- tags: passwords
--
-- Without one, AWS's default holds: eight characters of three kinds, no end date and no memory of earlier passwords.
-- It is for IAM users alone: neither the root user nor people of Identity Center are bound by it. Set one in every
-- account, also where there is no user yet.

select
    a.arn as resource,
    unnest(case
        when p.account_id is null then alarm('The account has no password policy of its own.')
        else ok('The account has a password policy of its own.')
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join aws_iam_account_password_policy as p on p.account_id = a.account_id
order by a.position, a.account_id
