-- title: Ensure IAM roles have no inline policies
-- kind: control
-- severity: low
-- tags: roles, inline, config:iam-no-inline-policy-check
-- remediation: aws iam list-role-policies --role-name {resource:name}
-- remediation: aws iam attach-role-policy --role-name {resource:name} --policy-arn POLICY_ARN
-- remediation: aws iam delete-role-policy --role-name {resource:name} --policy-name POLICY_NAME
--
-- Inline policies do not appear in the list of policies, have no versions, and cannot be reused. Replace the inline
-- policy with a customer managed policy, unless the policy is only for this role and is maintained with it.
-- Service-linked roles and roles of IAM Identity Center are not evaluated. The Powerpipe control also excludes roles
-- under /service-role/, which the customer can change.

select
    r.arn as resource,
    unnest(no_inline_policies(r.inline_policies, 'role')),
    r.account_id, 'global' as region
from aws_iam_role as r
where is_customer_role(r.path)
order by account_position(r.account_id), r.arn
