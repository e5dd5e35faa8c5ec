-- title: Ensure customer managed policies do not allow all roles to be assumed
-- kind: control
-- severity: medium
-- tags: policies, privilege-escalation
-- remediation: iamsql query who_can --arg action=sts:AssumeRole
-- remediation: aws iam list-entities-for-policy --policy-arn {resource}
-- remediation: aws iam create-policy-version --policy-arn {resource} --policy-document file://policy.json --set-as-default
--
-- sts:AssumeRole on all resources gives access to every role that trusts the account, including roles in other
-- accounts. Specify the roles in Resource. The control evaluates every pattern that matches the action on all roles of
-- an account, including patterns in NotAction and NotResource. The Powerpipe control compares the action
-- case-sensitively, so it does not find sts:AssumeRole, and evaluates only the resource *.

select r.* exclude (position)
from customer_policy_results(
    'allows all roles to be assumed', 'does not allow all roles to be assumed',
    (select list(s.statement) from every_role_statements('sts:AssumeRole') as s)
) as r
order by r.position, r.resource
