-- about: An IAM group; its members are memberships.
-- depends on: aws_iam_group iam:GetAccountAuthorizationDetails
select
    g.account_id, 'global' as region, g.arn as ident, g.name, g.arn as resource, g.group_id as value, g.group_id
from aws_iam_group as g
