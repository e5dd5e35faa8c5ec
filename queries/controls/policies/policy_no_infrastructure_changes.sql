-- title: Ensure customer managed policies do not allow infrastructure modification on all resources
-- kind: control
-- severity: low
-- tags: policies, risk, infrastructure
-- remediation: iamsql query policy_risks
-- remediation: aws iam list-entities-for-policy --policy-arn {resource}
-- remediation: aws iam create-policy-version --policy-arn {resource} --policy-document file://policy.json --set-as-default
--
-- On all resources, actions that delete data and backups, redirect traffic or stop logging can shut down a business.
-- Specify the resources that a deployment needs. The control evaluates the actions of the query `risky_actions` that
-- the policy allows on all resources and does not deny unconditionally; `policy_risks` lists them for each policy.
-- Policies that are used only as permissions boundaries are skipped.

select r.* exclude (position)
from broad_policy_results(
    'infrastructure_changes', 'allows infrastructure modification on all resources',
    'does not allow infrastructure modification on all resources'
) as r
order by r.position, r.resource
