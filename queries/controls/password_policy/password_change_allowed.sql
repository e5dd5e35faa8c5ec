-- title: Users may change their own password
-- kind: control
-- severity: low
-- version: 1
-- tags: passwords
--
-- Who cannot change a password that somebody else set shares it with that somebody, and cannot act when it leaks.
-- Without a policy users may not, unless they have iam:ChangePassword by another.

select
    concat('arn:', r."partition", ':::', a.account_id) as resource,
    case
        when p.account_id is null then 'alarm'
        when p.allow_users_to_change_password is null then 'error'
        when p.allow_users_to_change_password then 'ok'
        else 'alarm'
    end as status,
    case
        when p.account_id is null then 'The account has no password policy of its own.'
        when p.allow_users_to_change_password is null
            then 'Unknown: the password policy does not say whether users may change their own password.'
        when p.allow_users_to_change_password then 'The password policy says that users may change their own password.'
        else 'The password policy does not say that users may change their own password.'
    end as reason,
    a.account_id as account_id,
    'global' as region
from iamsql.accounts as a
cross join iamsql.run as r
left join aws_iam_account_password_policy as p on p.account_id = a.account_id
where a.selected and a.state = 'ACTIVE' and a.outcome in ('read', 'partial')
order by a.position, a.account_id
