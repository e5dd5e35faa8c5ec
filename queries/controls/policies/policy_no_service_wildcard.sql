-- title: Ensure customer managed policies do not allow all actions of a service
-- kind: control
-- severity: low
-- version: 1
-- tags: policies, wildcards, fsbp:IAM.21, security_hub:IAM.21, config:iam-policy-no-statements-with-full-access
--
-- `service:*` gives every action that the service has, with those that it will have next year, and seldom is more than
-- a handful used. List the actions, by what the access advisor says was used. The resources do not matter here.

select r.* exclude (position)
from customer_policy_results(
    'allows all actions of a service', 'allows no service whole',
    (
        select list({'document_id': s.document_id, 'is_unconditional': len(s.conditions) = 0})
        from aws_iam_statement as s
        where
            s.effect = 'Allow'
            and len([1 for action_ in s.actions if ends_with(action_, ':*') or action_ = '*']) > 0
    )
) as r
order by r.position, r.resource
