-- title: Passwords hold a symbol
-- kind: control
-- severity: low
-- version: 1
-- tags: passwords, cis_v1.2:1.7, security_hub:IAM.13
--
-- A sign that is neither letter nor digit widens what a guesser must try. Turn it on in the account's password policy.

select
    concat('arn:', r."partition", ':::', a.account_id) as resource,
    case
        when p.account_id is null then 'alarm'
        when p.require_symbols is null then 'error'
        when p.require_symbols then 'ok'
        else 'alarm'
    end as status,
    case
        when p.account_id is null then 'The account has no password policy of its own.'
        when p.require_symbols is null then 'Unknown: the password policy does not say whether a symbol is required.'
        when p.require_symbols then 'The password policy says that a symbol is required.'
        else 'The password policy does not say that a symbol is required.'
    end as reason,
    a.account_id as account_id,
    'global' as region
from iamsql.accounts as a
cross join iamsql.run as r
left join aws_iam_account_password_policy as p on p.account_id = a.account_id
where a.selected and a.state = 'ACTIVE' and a.outcome in ('read', 'partial')
order by a.position, a.account_id
