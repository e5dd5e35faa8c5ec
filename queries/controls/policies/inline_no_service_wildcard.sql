-- title: Ensure inline policies do not allow all actions of a service
-- kind: control
-- severity: low
-- version: 1
-- tags: policies, inline, wildcards
--
-- `service:*` gives every action that the service has, with those that it will have next year. List the actions that
-- are used. The resources do not matter here.

select r.* exclude (position)
from inline_policy_results(
    'is allowed all actions of a service', 'allows a service whole',
    (
        select list({'document_id': s.document_id, 'is_unconditional': len(s.conditions) = 0})
        from aws_iam_statement as s
        where
            s.effect = 'Allow'
            and len([1 for action_ in s.actions if ends_with(action_, ':*') or action_ = '*']) > 0
    )
) as r
order by r.position, r.resource
