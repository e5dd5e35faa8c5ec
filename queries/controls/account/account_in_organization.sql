-- title: The account belongs to an organization
-- kind: control
-- severity: high
-- version: 1
-- tags: organization, security_hub:Account.2
--
-- Outside an organization there is no guardrail that its administrators cannot take away, no trail that they cannot
-- stop and nobody who pays attention. Invite it, or close it.

select
    concat('arn:', r."partition", ':::', a.account_id) as resource,
    case
        when c.account_id is null then 'error'
        when c.organization_id is not null then 'ok'
        else 'alarm'
    end as status,
    case
        when c.account_id is null then 'Unknown: the account was not read.'
        when c.organization_id is not null then concat('The account belongs to ', c.organization_id, '.')
        else 'The account belongs to no organization.'
    end as reason,
    a.account_id as account_id,
    'global' as region
from iamsql.accounts as a
cross join iamsql.run as r
left join aws_account as c on c.account_id = a.account_id
where a.selected and a.state = 'ACTIVE' and a.outcome in ('read', 'partial')
order by a.position, a.account_id
