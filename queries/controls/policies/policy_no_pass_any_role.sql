-- title: Ensure customer managed policies do not allow all roles to be passed
-- kind: control
-- severity: high
-- tags: policies, privilege-escalation
-- remediation: iamsql query who_can --arg action=iam:PassRole
-- remediation: aws iam list-entities-for-policy --policy-arn {resource}
-- remediation: aws iam create-policy-version --policy-arn {resource} --policy-document file://policy.json --set-as-default
--
-- A principal that can pass any role to a service and start a workload has the permissions of the most privileged role.
-- Specify the roles in Resource and the services in the condition key iam:PassedToService. The condition alone does not
-- pass: the principal can still pass any role to that service.

select r.* exclude (position)
from customer_policy_results(
    'allows all roles to be passed', 'does not allow all roles to be passed',
    (select list(s.statement) from every_role_statements('iam:PassRole') as s)
) as r
order by r.position, r.resource
