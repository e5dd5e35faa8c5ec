-- title: Ensure every organizational unit has service control policies attached
-- kind: control
-- severity: low
-- tags: organization, scp, cis_v7.0:2.1.4
-- remediation: aws organizations list-policies-for-target --target-id {resource:name} --filter SERVICE_CONTROL_POLICY
-- remediation: aws organizations create-policy --type SERVICE_CONTROL_POLICY --name POLICY_NAME --description DESCRIPTION --content file://policy.json
-- remediation: aws organizations attach-policy --policy-id POLICY_ID --target-id {resource:name}
--
-- Accounts with different functions need different limits. Without a policy of its own, an organizational unit has only
-- the policies of the root, so production and test accounts have the same limits. Attach a policy to the unit or
-- to a unit above it. FullAWSAccess, which AWS manages, does not count.

with target_policies as (
    select
        t.target_id,
        string_agg(t.name, ', ' order by t.name) as names
    from aws_organizations_policy_target as t
    where t.type = 'SERVICE_CONTROL_POLICY' and not t.aws_managed
    group by t.target_id
),

unit_policies as (
    select
        u.id,
        string_agg(t.names, ', ' order by p.path) as names
    from aws_organizations_organizational_unit as u
    inner join aws_organizations_organizational_unit as p on starts_with(concat(u.path, '.'), concat(p.path, '.'))
    inner join target_policies as t on t.target_id = p.id
    group by u.id
)

select
    u.arn as resource,
    unnest(case
        when p.id is not null then ok(concat('Policies of the unit and the units above it: ', p.names, '.'))
        when c.is_read = 1 then alarm('Only the service control policies of the root apply to the organizational unit.')
        else unknown('the targets of service control policies were not read.')
    end),
    u.account_id, 'global' as region, u.name as unit_name
from aws_organizations_organizational_unit as u
cross join organization_calls(['ListTargetsForPolicy', 'ListPolicies']) as c
left join unit_policies as p on p.id = u.id
order by u.arn
