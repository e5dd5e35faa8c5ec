-- title: Ensure inline policies do not allow full access to CloudTrail
-- kind: control
-- severity: medium
-- tags: policies, inline, logging
-- remediation: iamsql query who_can --arg action=cloudtrail:StopLogging
-- remediation: # For a user: aws iam put-user-policy --user-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
-- remediation: # For a group: aws iam put-group-policy --group-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
-- remediation: # For a role: aws iam put-role-policy --role-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
--
-- A user, group or role with all CloudTrail actions on all resources in a policy of its own, through `cloudtrail:*`,
-- `*` or NotAction, can stop and delete the trails that record its activity. Grant read access only.
-- `policy_no_full_cloudtrail` evaluates customer managed policies.

select r.* exclude (position)
from inline_policy_results(
    'has full access to CloudTrail', 'allows full access to CloudTrail',
    (select list(s.statement) from every_resource_statements(
        ['cloudtrail:*', 'cloudtrail:StopLogging'], cast([] as varchar[])
    ) as s)
) as r
order by r.position, r.resource
