-- title: Ensure inline policies do not allow all roles to be assumed
-- kind: control
-- severity: medium
-- tags: policies, inline, privilege-escalation
-- remediation: iamsql query who_can --arg action=sts:AssumeRole
-- remediation: # For a user: aws iam put-user-policy --user-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
-- remediation: # For a group: aws iam put-group-policy --group-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
-- remediation: # For a role: aws iam put-role-policy --role-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
--
-- sts:AssumeRole on all resources gives access to every role that trusts the account, including roles in other
-- accounts. Specify the roles in Resource. The control evaluates every pattern that matches the action on all roles of
-- an account, including patterns in NotAction and NotResource. `policy_no_assume_any_role` evaluates customer managed
-- policies.

select r.* exclude (position)
from inline_policy_results(
    'can assume all roles', 'allows all roles to be assumed',
    (select list(s.statement) from every_role_statements('sts:AssumeRole') as s)
) as r
order by r.position, r.resource
