-- title: Ensure a security contact is set
-- kind: control
-- severity: medium
-- version: 1
-- tags: contacts, cis_v1.2:1.18, cis_v3.0:1.2, cis_v7.0:2.3, fsbp:Account.1
--
-- AWS Security writes to it when a key is found in public or an account is misused; without one the mail goes to the
-- root user's address, which seldom anybody reads. In GovCloud AWS cannot be asked, and a person has to look; a run is
-- of one partition, where the public control asks each account's.

with named as (
    select c.account_id, max(c.name) as security
    from aws_account_alternate_contact as c
    where c.contact_type = 'SECURITY'
    group by c.account_id
)

select
    a.arn as resource,
    unnest(case
        when n.security is not null then ok(concat('The security contact is ', n.security, '.'))
        when a."partition" = 'aws-us-gov' then info('Look in the console: GovCloud does not tell of contacts.')
        else alarm('The account has no security contact.')
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join named as n on n.account_id = a.account_id
order by a.position, a.account_id
