-- title: The account has a password policy of its own
-- kind: control
-- severity: medium
-- version: 1
-- tags: passwords
--
-- Without one, AWS's default holds: eight characters of three kinds, no end date and no memory of earlier passwords.
-- It is for IAM users alone: neither the root user nor people of Identity Center are bound by it. Set one in every
-- account, also where there is no user yet.

select
    concat('arn:', r."partition", ':::', a.account_id) as resource,
    case
        when p.account_id is null then 'alarm'
        else 'ok'
    end as status,
    case
        when p.account_id is null then 'The account has no password policy of its own.'
        else 'The account has a password policy of its own.'
    end as reason,
    a.account_id as account_id,
    'global' as region
from iamsql.accounts as a
cross join iamsql.run as r
left join aws_iam_account_password_policy as p on p.account_id = a.account_id
where a.selected and a.state = 'ACTIVE' and a.outcome in ('read', 'partial')
order by a.position, a.account_id
