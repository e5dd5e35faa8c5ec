-- title: Ensure alternate contacts for billing, operations and security are set
-- kind: control
-- severity: low
-- version: 1
-- tags: contacts
--
-- Mail about bills, operations and security goes to the root user's address unless others are named for it. Name one
-- each, best a team's mailbox.

with named as (
    select
        c.account_id,
        max(case when c.contact_type = 'SECURITY' then c.name end) as security,
        max(case when c.contact_type = 'OPERATIONS' then c.name end) as operations,
        max(case when c.contact_type = 'BILLING' then c.name end) as billing
    from aws_account_alternate_contact as c
    group by c.account_id
)

select
    a.arn as resource,
    unnest(case
        when n.security is not null and n.operations is not null and n.billing is not null
            then ok('Contacts for billing, operations and security are named.')
        else alarm(concat('There is no contact for ', concat_ws(
            ', ',
            case when n.billing is null then 'billing' end,
            case when n.operations is null then 'operations' end,
            case when n.security is null then 'security' end
        ), '.'))
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join named as n on n.account_id = a.account_id
order by a.position, a.account_id
