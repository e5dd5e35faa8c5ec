-- title: Ensure accounts are in the organizational units of the landing zone
-- kind: control
-- severity: medium
-- version: 1
-- tags: organization, cis_v7.0:2.1.4
-- param: units text = ''                # Names or ids of units, separated by commas; without, any unit will do
--
-- An account right under the root gets what is attached to the root and nothing more: it was made, or invited, and
-- nobody decided what it is for. Move it into a unit. With units, an account must be in one of those named or below
-- one. The management account belongs under the root; closed and suspended accounts make no row.

with units as (
    select
        p.id, max(p.name) as name,
        max(case when contains(concat(',', replace($units, ', ', ','), ','), concat(',', u.name, ',')) or contains(
            concat(',', replace($units, ', ', ','), ','), concat(',', u.id, ',')
        ) then 1 else 0 end) as is_named
    from aws_organizations_organizational_unit as p
    inner join aws_organizations_organizational_unit as u on starts_with(concat(p.path, '.'), concat(u.path, '.'))
    group by p.id
)

select
    concat('arn:', r."partition", ':::', o.id) as resource,
    unnest(case
        when o.id = r.management_account_id then skip('The management account belongs under the root.')
        when o.parent_id is null then unknown('the units could not be read.')
        when o.parent_id like 'r-%' then alarm('The account is right under the root.')
        when u.id is null then unknown('the unit that holds the account was not read.')
        when $units = '' or u.is_named = 1 then ok(concat('The account is in the unit ', u.name, '.'))
        else alarm(concat('The account is in the unit ', u.name, ', which is outside ', $units, '.'))
    end),
    o.id as account_id, 'global' as region
from aws_organizations_account as o
cross join iamsql.run as r
left join units as u on u.id = o.parent_id
left join iamsql.accounts as a on a.account_id = o.id
where o.state not in ('SUSPENDED', 'PENDING_CLOSURE', 'CLOSED')
order by a.position, o.id
