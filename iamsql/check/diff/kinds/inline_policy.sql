-- about: An inline policy of a user, group or role, in canonical form.
-- depends on: aws_iam_user iam:GetAccountAuthorizationDetails
-- depends on: aws_iam_group iam:GetAccountAuthorizationDetails
-- depends on: aws_iam_role iam:GetAccountAuthorizationDetails
-- null is unknown: document
select
    i.account_id, 'global' as region, concat(i.arn, ' ', i.item ->> '$.PolicyName') as ident, i.name, i.arn as resource,
    i.item ->> '$.PolicyName' as value, cast(i.item -> '$.PolicyDocument' as varchar) as document
from (
    select e.account_id, e.arn, e.name, unnest(cast(e.inline_policies_std as json[])) as item
    from (
        select u.account_id, u.arn, u.name, u.inline_policies_std from aws_iam_user as u
        union all select g.account_id, g.arn, g.name, g.inline_policies_std from aws_iam_group as g
        union all select r.account_id, r.arn, r.name, r.inline_policies_std from aws_iam_role as r
    ) as e
) as i
