-- title: Ensure customer managed policies do not allow credentials exposure on all resources
-- kind: control
-- severity: medium
-- tags: policies, risk, credentials
-- remediation: iamsql query policy_risks
-- remediation: aws iam list-entities-for-policy --policy-arn {resource}
-- remediation: aws iam create-policy-version --policy-arn {resource} --policy-document file://policy.json --set-as-default
--
-- Some actions return credentials: access keys, sessions of roles, database passwords. On all resources, they give
-- access to the most privileged principal. Specify the resources. The control evaluates the actions of the query
-- `risky_actions` that the policy allows on all resources and does not deny unconditionally; `policy_risks` lists them
-- for each policy. Policies that are used only as permissions boundaries are skipped.

select r.* exclude (position)
from broad_policy_results(
    'credentials_exposure', 'exposes credentials on all resources', 'does not expose credentials on all resources'
) as r
order by r.position, r.resource
