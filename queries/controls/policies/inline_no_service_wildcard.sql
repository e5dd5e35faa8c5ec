-- title: Ensure inline policies do not allow all actions of a service
-- kind: control
-- severity: low
-- tags: policies, inline, wildcards
-- remediation: # For a user: aws iam put-user-policy --user-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
-- remediation: # For a group: aws iam put-group-policy --group-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
-- remediation: # For a role: aws iam put-role-policy --role-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
--
-- `service:*` allows every action of a service, including actions that AWS adds later. Specify the actions that are
-- used. The resources of the statement are not evaluated.

select r.* exclude (position)
from inline_policy_results(
    'has all actions of a service', 'allows all actions of a service',
    (
        select list({'document_id': s.document_id, 'is_unconditional': len(s.conditions) = 0})
        from aws_iam_statement as s
        where
            s.effect = 'Allow'
            and len([1 for action_ in s.actions if ends_with(action_, ':*') or action_ = '*']) > 0
    )
) as r
order by r.position, r.resource
