-- title: Ensure IAM users have no inline policies
-- kind: control
-- severity: low
-- version: 1
-- tags: users, inline, config:iam-no-inline-policy-check
--
-- An inline policy is in no list of policies, cannot be shared or rolled back, and goes with what it is in. Make it a
-- managed policy of a group that the user is in. user_no_policies asks for attached policies as well.

select
    e.arn as resource,
    unnest(no_inline_policies(e.inline_policies, 'user')),
    e.account_id, 'global' as region
from aws_iam_user as e
left join iamsql.accounts as a on a.account_id = e.account_id
order by a.position, e.arn
