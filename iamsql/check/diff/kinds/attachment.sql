-- about: A managed policy that is attached to a user, group or role.
-- depends on: aws_iam_user iam:GetAccountAuthorizationDetails
-- depends on: aws_iam_group iam:GetAccountAuthorizationDetails
-- depends on: aws_iam_role iam:GetAccountAuthorizationDetails
select
    a.account_id, 'global' as region, concat(a.arn, ' ', a.policy_arn) as ident, a.name, a.arn as resource,
    a.policy_arn as value
from (
    select e.account_id, e.arn, e.name, unnest(cast(e.attached_policy_arns as varchar[])) as policy_arn
    from (
        select u.account_id, u.arn, u.name, u.attached_policy_arns from aws_iam_user as u
        union all select g.account_id, g.arn, g.name, g.attached_policy_arns from aws_iam_group as g
        union all select r.account_id, r.arn, r.name, r.attached_policy_arns from aws_iam_role as r
    ) as e
) as a
