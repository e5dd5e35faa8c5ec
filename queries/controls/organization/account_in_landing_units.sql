-- title: Ensure accounts are in the organizational units of the landing zone
-- kind: control
-- severity: medium
-- tags: organization, cis_v7.0:2.1.4
-- param: units text = ''                # Names or IDs of organizational units, separated by commas; any if empty
-- remediation: # In the management account:
-- remediation: aws organizations list-parents --child-id {account_id}
-- remediation: aws organizations move-account --account-id {account_id} --source-parent-id PARENT_ID --destination-parent-id UNIT_ID
--
-- An account directly under the root inherits only the policies of the root, and often nobody decided on its purpose.
-- Move the account to an organizational unit. With `units`, the account must be in one of these units or below it. The
-- management account is skipped; suspended and closed accounts are not evaluated.

with units as (
    select
        u.id, max(u.name) as name,
        bool_or(list_contains(comma_list($units), p.name) or list_contains(comma_list($units), p.id)) as is_listed
    from aws_organizations_organizational_unit as u
    inner join aws_organizations_organizational_unit as p on starts_with(concat(u.path, '.'), concat(p.path, '.'))
    group by u.id
)

select
    o.arn as resource,
    unnest(case
        when o.id = r.management_account_id then skip('The management account may be directly under the root.')
        when o.parent_id is null then unknown('the organizational units could not be read.')
        when o.parent_id like 'r-%' then alarm('The account is directly under the root.')
        when u.id is null then unknown('the organizational unit of the account was not read.')
        when $units = '' or u.is_listed then ok(concat('The account is in the organizational unit ', u.name, '.'))
        else alarm(concat('The account is in the organizational unit ', u.name, ', which `units` does not include.'))
    end),
    o.id as account_id, 'global' as region
from aws_organizations_account as o
cross join iamsql.run as r
left join units as u on u.id = o.parent_id
where o.state not in ('SUSPENDED', 'PENDING_CLOSURE', 'CLOSED')
order by account_position(o.id), o.id
