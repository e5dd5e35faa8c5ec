-- title: Ensure alternate contacts for billing, operations and security are set
-- kind: control
-- severity: low
-- tags: contacts
-- remediation: # For each missing contact, where TYPE is BILLING, OPERATIONS or SECURITY:
-- remediation: aws account put-alternate-contact --alternate-contact-type TYPE --name NAME --title TITLE --email-address EMAIL --phone-number PHONE
--
-- Without alternate contacts, AWS sends messages about bills, operations and security only to the email address of the
-- root user. Set the three contacts, preferably to the mailboxes of teams.

with contacts as (
    select c.account_id, list(lower(c.contact_type)) as types
    from aws_account_alternate_contact as c
    where c.name is not null
    group by c.account_id
),

missing_contacts as (
    select a.arn, a.account_id, a.position, array_to_string([
        type_ for type_ in ['billing', 'operations', 'security'] if not list_contains(coalesce(c.types, []), type_)
    ], ', ') as types
    from read_accounts() as a
    left join contacts as c on c.account_id = a.account_id
)

select
    m.arn as resource,
    unnest(case
        when m.types = '' then ok('The account has alternate contacts for billing, operations and security.')
        else alarm(concat('The account has no alternate contact for ', m.types, '.'))
    end),
    m.account_id, 'global' as region
from missing_contacts as m
order by m.position, m.account_id
