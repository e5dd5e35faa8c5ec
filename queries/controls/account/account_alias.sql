-- title: The account has an alias
-- kind: control
-- severity: info
-- version: 1
-- tags: account
--
-- The alias is the name in the address of the sign-in page of IAM users; it keeps people from signing in to the wrong
-- account by a number. Where nobody signs in as an IAM user it does not matter.

select
    concat('arn:', r."partition", ':::', a.account_id) as resource,
    case
        when c.account_aliases is null then 'error'
        when c.account_aliases ->> '$[0]' is not null then 'ok'
        else 'alarm'
    end as status,
    case
        when c.account_aliases is null then 'Unknown: the account''s alias was not read.'
        when c.account_aliases ->> '$[0]' is not null then concat('The alias is ', c.account_aliases ->> '$[0]', '.')
        else 'The account has no alias.'
    end as reason,
    a.account_id as account_id,
    'global' as region
from iamsql.accounts as a
cross join iamsql.run as r
left join aws_account as c on c.account_id = a.account_id
where a.selected and a.state = 'ACTIVE' and a.outcome in ('read', 'partial')
order by a.position, a.account_id
