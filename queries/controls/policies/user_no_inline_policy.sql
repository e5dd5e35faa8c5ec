-- title: Ensure IAM users have no inline policies
-- kind: control
-- severity: low
-- tags: users, inline, config:iam-no-inline-policy-check
-- remediation: aws iam list-user-policies --user-name {resource:name}
-- remediation: aws iam attach-group-policy --group-name GROUP_NAME --policy-arn POLICY_ARN
-- remediation: aws iam delete-user-policy --user-name {resource:name} --policy-name POLICY_NAME
--
-- Inline policies do not appear in the list of policies, have no versions, and cannot be reused. Replace the inline
-- policy with a managed policy that is attached to a group of the user. `user_no_policies` also evaluates attached
-- policies.

select
    u.arn as resource,
    unnest(no_inline_policies(u.inline_policies, 'user')),
    u.account_id, 'global' as region
from aws_iam_user as u
order by account_position(u.account_id), u.arn
