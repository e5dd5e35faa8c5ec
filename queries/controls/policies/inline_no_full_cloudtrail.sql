-- title: Ensure inline policies do not allow full access to CloudTrail
-- kind: control
-- severity: medium
-- tags: policies, inline, logging
-- fix: iamsql query who_can --arg action=cloudtrail:StopLogging
-- fix: # For a user: aws iam put-user-policy --user-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
-- fix: # For a group: aws iam put-group-policy --group-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
-- fix: # For a role: aws iam put-role-policy --role-name {resource:name} --policy-name POLICY_NAME --policy-document file://policy.json
--
-- A user, group or role with all CloudTrail actions on all resources in a policy of its own, through `cloudtrail:*`, `*`
-- or NotAction, can stop and delete the trails that record its activity. Grant read access only.
-- `policy_no_full_cloudtrail` evaluates customer managed policies.

select r.* exclude (position)
from inline_policy_results(
    'has full access to CloudTrail', 'allows full access to CloudTrail',
    (
        select list({'document_id': s.document_id, 'is_unconditional': len(s.conditions) = 0})
        from aws_iam_statement as s
        where
            s.effect = 'Allow'
            and iam_matches_action(s.action_likes, s.actions is not null, 'cloudtrail:*')
            and iam_matches_action(s.action_likes, s.actions is not null, 'cloudtrail:StopLogging')
            and (
                iam_every_resource(s.resources)
                or (s.not_resources is not null and not iam_every_resource(s.not_resources))
            )
    )
) as r
order by r.position, r.resource
