-- title: Ensure the account is part of an organization
-- kind: control
-- severity: high
-- version: 1
-- tags: organization, security_hub:Account.2
--
-- Outside an organization there is no guardrail that its administrators cannot take away, no trail that they cannot
-- stop and nobody who pays attention. Invite it, or close it.

select
    a.arn as resource,
    unnest(case
        when c.account_id is null then unknown('the account was not read.')
        when c.organization_id is not null then ok(concat('The account belongs to ', c.organization_id, '.'))
        else alarm('The account belongs to no organization.')
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join aws_account as c on c.account_id = a.account_id
order by a.position, a.account_id
