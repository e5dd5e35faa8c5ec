-- title: Ensure tagged IAM roles have a permissions boundary
-- kind: control
-- severity: medium
-- tags: roles, boundaries, tags
-- param: tag text = 'boundary-required' # Tag key of roles that must have a boundary
-- remediation: aws iam list-policies --scope Local --policy-usage-filter PermissionsBoundary
-- remediation: aws iam put-role-permissions-boundary --role-name {resource:name} --permissions-boundary POLICY_ARN
--
-- A permissions boundary limits the roles that a delegated team creates; the tag marks these roles. A tagged role
-- without a boundary bypasses the limit: set the boundary. Roles without the tag are skipped. Service-linked roles and
-- roles of IAM Identity Center are not evaluated.

select
    r.arn as resource,
    unnest(boundary_result(r.tags_src, r.tags, r.permissions_boundary_arn, $tag, 'role')),
    r.account_id, 'global' as region
from aws_iam_role as r
where is_customer_role(r.path)
order by account_position(r.account_id), r.arn
