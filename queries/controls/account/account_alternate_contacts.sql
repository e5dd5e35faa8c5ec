-- title: Ensure alternate contacts for billing, operations and security are set
-- kind: control
-- severity: low
-- version: 1
-- tags: contacts
--
-- Without alternate contacts, AWS sends messages about bills, operations and security only to the email address of the
-- root user. Set the three contacts, preferably to the mailboxes of teams.

with contacts as (
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
        when c.security is not null and c.operations is not null and c.billing is not null
            then ok('The account has alternate contacts for billing, operations and security.')
        else alarm(concat('The account has no alternate contact for ', concat_ws(
            ', ',
            case when c.billing is null then 'billing' end,
            case when c.operations is null then 'operations' end,
            case when c.security is null then 'security' end
        ), '.'))
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join contacts as c on c.account_id = a.account_id
order by a.position, a.account_id
