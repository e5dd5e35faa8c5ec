-- about: The permissions boundary of a user or role.
-- depends on: aws_iam_user iam:GetAccountAuthorizationDetails
-- depends on: aws_iam_role iam:GetAccountAuthorizationDetails
select
    b.account_id, 'global' as region, b.arn as ident, b.name, b.arn as resource, b.boundary as value, b.boundary
from (
    select u.account_id, u.arn, u.name, u.permissions_boundary_arn as boundary from aws_iam_user as u
    union all select r.account_id, r.arn, r.name, r.permissions_boundary_arn from aws_iam_role as r
) as b
where b.boundary is not null
