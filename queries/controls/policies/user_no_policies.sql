-- title: Ensure IAM users receive permissions only through groups
-- kind: control
-- severity: low
-- tags: users, policies, cis_v1.2:1.16, cis_v3.0:1.15, cis_v7.0:2.13, fsbp:IAM.2, security_hub:IAM.2, config:iam-user-no-policies-check
-- remediation: aws iam list-attached-user-policies --user-name {user_name}
-- remediation: aws iam add-user-to-group --user-name {user_name} --group-name GROUP_NAME
-- remediation: aws iam detach-user-policy --user-name {user_name} --policy-arn POLICY_ARN
--
-- Permissions of individual users are hard to review, and often stay when a user changes roles. Attach the policies to
-- groups, or use roles.

select
    u.arn as resource,
    unnest(case
        when json_length(u.attached_policy_arns) + json_length(u.inline_policies) > 0 then alarm(concat(
            'The user has ', pluralize(json_length(u.attached_policy_arns), 'attached policy', 'attached policies'), ' and ',
            pluralize(json_length(u.inline_policies), 'inline policy', 'inline policies'), '.'
        ))
        else ok('The user has no attached or inline policies.')
    end),
    u.account_id, 'global' as region, u.name as user_name
from aws_iam_user as u
order by account_position(u.account_id), u.arn
