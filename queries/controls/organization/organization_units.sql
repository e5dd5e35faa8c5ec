-- title: Ensure organizational units are structured by the function of accounts
-- kind: control
-- severity: low
-- tags: organization, manual, cis_v7.0:2.1.4
-- remediation: aws organizations list-roots
-- remediation: aws organizations create-organizational-unit --parent-id ROOT_ID --name UNIT_NAME
-- remediation: aws organizations move-account --account-id MEMBER_ACCOUNT_ID --source-parent-id PARENT_ID --destination-parent-id UNIT_ID
--
-- Policies are attached to organizational units, so the units must follow the function of accounts (security,
-- infrastructure, production, test) and not the structure of the company. This is a manual check: the row lists each
-- unit with the number of its own accounts.

with units as (
    select
        u.path, u.name,
        count(o.id) as accounts
    from aws_organizations_organizational_unit as u
    left join aws_organizations_account as o on o.parent_id = u.id
    group by u.path, u.name
),

unit_list as (
    select string_agg(concat(u.name, ' (', u.accounts, ')'), ', ' order by u.path) as units
    from units as u
)

select
    organization_arn() as resource,
    unnest(case
        when u.units is null then alarm('The organization has no organizational units.')
        else info(concat('Check that the organizational units follow the function of accounts: ', u.units, '.'))
    end),
    r.management_account_id as account_id, 'global' as region
from iamsql.run as r
left join unit_list as u on true
where r.management_account_id is not null
order by r.management_account_id
