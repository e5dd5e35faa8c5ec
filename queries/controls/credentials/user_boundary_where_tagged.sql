-- title: Ensure tagged IAM users have a permissions boundary
-- kind: control
-- severity: medium
-- tags: users, boundaries, tags
-- param: tag text = 'boundary-required' # Tag key of users that must have a boundary
-- remediation: iamsql query principal_statements --arg principal={resource}
-- remediation: aws iam put-user-permissions-boundary --user-name {user_name} --permissions-boundary POLICY_ARN
--
-- A permissions boundary limits the users that a delegated team creates; the tag marks these users. A tagged user
-- without a boundary bypasses the limit: set the boundary. Users without the tag are skipped.

select
    u.arn as resource,
    unnest(boundary_result(u.tags_src, u.tags, u.permissions_boundary_arn, $tag, 'user')),
    u.account_id, 'global' as region, u.name as user_name
from aws_iam_user as u
order by account_position(u.account_id), u.arn
