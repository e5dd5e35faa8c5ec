-- about: A user in a group.
-- depends on: aws_iam_user iam:GetAccountAuthorizationDetails
select
    m.account_id, 'global' as region, concat(m.arn, ' ', m.group_name) as ident, m.name, m.arn as resource,
    m.group_name as value
from (
    select distinct u.account_id, u.arn, u.name, unnest(u.groups ->> '$[*].GroupName') as group_name
    from aws_iam_user as u where json_array_length(u.groups) > 0
) as m
