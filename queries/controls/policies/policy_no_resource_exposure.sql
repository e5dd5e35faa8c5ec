-- title: Ensure customer managed policies do not allow resource exposure on all resources
-- kind: control
-- severity: medium
-- tags: policies, risk, exposure
-- remediation: iamsql query policy_risks
-- remediation: aws iam list-entities-for-policy --policy-arn {resource}
-- remediation: aws iam create-policy-version --policy-arn {resource} --policy-document file://policy.json --set-as-default
--
-- A principal that can change the policies of buckets, keys, functions or snapshots can share them with other accounts
-- or make them public. Specify the resources. The control evaluates the actions of the query `risky_actions` that the
-- policy allows on all resources and does not deny unconditionally; `policy_risks` lists them for each policy. Policies
-- that are used only as permissions boundaries are skipped.

select r.* exclude (position)
from broad_policy_results(
    'resource_exposure', 'allows resource exposure on all resources', 'does not allow resource exposure on all resources'
) as r
order by r.position, r.resource
