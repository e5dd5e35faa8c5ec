-- about: A service or resource control policy and its document, in canonical form.
-- depends on: aws_organizations_policy organizations:ListPolicies
-- column depends on: document aws_organizations_policy organizations:DescribePolicy
-- null is unknown: document
-- organization wide: yes
select
    p.account_id, 'global' as region, p.id as ident, p.name, p.id as resource, p.type as value, p.name as policy_name,
    cast(policy_std(p.content) as varchar) as document
from aws_organizations_policy as p
where p.type in ('SERVICE_CONTROL_POLICY', 'RESOURCE_CONTROL_POLICY')
