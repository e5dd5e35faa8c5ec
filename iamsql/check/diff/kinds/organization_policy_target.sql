-- about: A root, organizational unit or account that a service or resource control policy is attached to.
-- depends on: aws_organizations_policy_target organizations:ListPolicies
-- depends on: aws_organizations_policy_target organizations:ListTargetsForPolicy
-- organization wide: yes
select
    t.account_id, 'global' as region, concat(t.id, ' ', t.target_id) as ident, t.name, t.id as resource,
    concat(t.target_id, ' (' || t.target_name || ')') as value
from aws_organizations_policy_target as t
where t.type in ('SERVICE_CONTROL_POLICY', 'RESOURCE_CONTROL_POLICY')
