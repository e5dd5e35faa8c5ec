-- title: Ensure inline policies do not allow full administrative privileges
-- kind: control
-- severity: high
-- tags: policies, inline, admin
-- remediation: # For a user: aws iam put-user-policy --user-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
-- remediation: # For a group: aws iam put-group-policy --group-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
-- remediation: # For a role: aws iam put-role-policy --role-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
--
-- An inline policy that allows all actions on all resources creates an administrator that no list of attached policies
-- shows. Remove the policy, or attach AdministratorAccess if the principal must be an administrator. Service-linked
-- roles, which nobody can change, are not evaluated.

select r.* exclude (position)
from inline_policy_results(
    'has full administrative privileges', 'allows full administrative privileges',
    (
        select list({'document_id': s.document_id, 'is_unconditional': len(s.conditions) = 0})
        from aws_iam_statement as s
        where
            s.effect = 'Allow'
            and iam_allows_everything(s.actions, s.not_actions, s.resources, s.not_resources)
    )
) as r
order by r.position, r.resource
