-- title: Ensure every organization policy is attached
-- kind: control
-- severity: low
-- tags: organization, scp
-- remediation: aws organizations describe-policy --policy-id {resource:name}
-- remediation: aws organizations attach-policy --policy-id {resource:name} --target-id TARGET_ID
-- remediation: # If the policy is not needed: aws organizations delete-policy --policy-id {resource:name}
--
-- A service or resource control policy without a target denies nothing, and may be mistaken for a policy in effect.
-- Attach or delete the policy. Policies that AWS manages are not evaluated.

with targets as (
    select t.id, count(*) as targets
    from aws_organizations_policy_target as t
    group by t.id
)

select
    p.arn as resource,
    unnest(case
        when t.id is not null
            then ok(concat('The policy is attached to ', pluralize(t.targets, 'target', 'targets'), '.'))
        when c.is_read = 1 then alarm('The policy is not attached.')
        else unknown('the targets of the policy were not read.')
    end),
    p.account_id, 'global' as region, p.name as policy_name
from aws_organizations_policy as p
cross join organization_calls(['ListTargetsForPolicy']) as c
left join targets as t on t.id = p.id
where not p.aws_managed and p.type in ('SERVICE_CONTROL_POLICY', 'RESOURCE_CONTROL_POLICY')
order by p.arn
