-- title: Passwords hold a lower-case letter
-- kind: control
-- severity: low
-- version: 1
-- tags: passwords, cis_v1.2:1.6, security_hub:IAM.12
--
-- A mix of kinds of letters widens what a guesser must try. Turn it on in the account's password policy.

select
    concat('arn:', r."partition", ':::', a.account_id) as resource,
    case
        when p.account_id is null then 'alarm'
        when p.require_lowercase_characters is null then 'error'
        when p.require_lowercase_characters then 'ok'
        else 'alarm'
    end as status,
    case
        when p.account_id is null then 'The account has no password policy of its own.'
        when p.require_lowercase_characters is null
            then 'Unknown: the password policy does not say whether a lower-case letter is required.'
        when p.require_lowercase_characters then 'The password policy says that a lower-case letter is required.'
        else 'The password policy does not say that a lower-case letter is required.'
    end as reason,
    a.account_id as account_id,
    'global' as region
from iamsql.accounts as a
cross join iamsql.run as r
left join aws_iam_account_password_policy as p on p.account_id = a.account_id
where a.selected and a.state = 'ACTIVE' and a.outcome in ('read', 'partial')
order by a.position, a.account_id
