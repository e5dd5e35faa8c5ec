-- title: Ensure IAM groups have no inline policies
-- kind: control
-- severity: low
-- tags: groups, inline, config:iam-no-inline-policy-check
-- remediation: aws iam list-group-policies --group-name {resource:name}
-- remediation: aws iam attach-group-policy --group-name {resource:name} --policy-arn POLICY_ARN
-- remediation: # When the managed policy is attached: aws iam delete-group-policy --group-name {resource:name} --policy-name POLICY_NAME
--
-- Inline policies do not appear in the list of policies, have no versions, and cannot be reused. Replace the inline
-- policy with a customer managed policy that is attached to the group.

select
    g.arn as resource,
    unnest(no_inline_policies(g.inline_policies, 'group')),
    g.account_id, 'global' as region
from aws_iam_group as g
order by account_position(g.account_id), g.arn
