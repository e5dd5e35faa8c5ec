-- title: Ensure customer managed policies do not allow full access to CloudTrail
-- kind: control
-- severity: medium
-- tags: policies, logging
-- remediation: iamsql query who_can --arg action=cloudtrail:StopLogging
-- remediation: aws iam list-entities-for-policy --policy-arn {resource}
-- remediation: aws iam create-policy-version --policy-arn {resource} --policy-document file://policy.json --set-as-default
--
-- A principal with all CloudTrail actions on all resources, through `cloudtrail:*`, `*` or NotAction, can stop and
-- delete the trails that record its activity. Grant read access only.

select r.* exclude (position)
from customer_policy_results(
    'allows full access to CloudTrail', 'does not allow full access to CloudTrail',
    (select list(s.statement) from every_resource_statements(
        ['cloudtrail:*', 'cloudtrail:StopLogging'], cast([] as varchar[])
    ) as s)
) as r
order by r.position, r.resource
