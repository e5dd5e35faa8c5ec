-- title: Ensure customer managed policies do not allow data exfiltration from all resources
-- kind: control
-- severity: medium
-- tags: policies, risk, data
-- remediation: iamsql query policy_risks
-- remediation: aws iam list-entities-for-policy --policy-arn {resource}
-- remediation: aws iam create-policy-version --policy-arn {resource} --policy-document file://policy.json --set-as-default
--
-- Read access to objects, secrets, tables and snapshots on all resources exposes all data of the account. Specify the
-- resources. The control evaluates the actions of the query `risky_actions` that the policy allows on all resources and
-- does not deny unconditionally; `policy_risks` lists them for each policy. Policies that are used only as permissions
-- boundaries are skipped.

select r.* exclude (position)
from broad_policy_results(
    'data_exfiltration', 'allows data exfiltration from all resources',
    'does not allow data exfiltration from all resources'
) as r
order by r.position, r.resource
