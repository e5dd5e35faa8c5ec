-- title: Ensure inline policies do not allow all roles to be passed
-- kind: control
-- severity: high
-- tags: policies, inline, privilege-escalation
-- remediation: iamsql query who_can --arg action=iam:PassRole
-- remediation: # For a user: aws iam put-user-policy --user-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
-- remediation: # For a group: aws iam put-group-policy --group-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
-- remediation: # For a role: aws iam put-role-policy --role-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
--
-- A principal that can pass any role to a service and start a workload has the permissions of the most privileged role.
-- Specify the roles in Resource and the services in the condition key iam:PassedToService. The condition alone does not
-- pass: the principal can still pass any role to that service. `policy_no_pass_any_role` evaluates customer managed
-- policies.

select r.* exclude (position)
from inline_policy_results(
    'can pass all roles', 'allows all roles to be passed',
    (select list(s.statement) from every_role_statements('iam:PassRole') as s)
) as r
order by r.position, r.resource
