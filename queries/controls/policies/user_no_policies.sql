-- title: Ensure IAM users receive permissions only through groups
-- kind: control
-- severity: low
-- version: 1
-- tags: users, policies, cis_v1.2:1.16, cis_v3.0:1.15, cis_v7.0:2.13, fsbp:IAM.2, security_hub:IAM.2, config:iam-user-no-policies-check
--
-- Permissions of individual users are hard to review, and often stay when a user changes roles. Attach the policies to
-- groups, or use roles.

with users as (
    select
        u.account_id, u.arn, u.name,
        coalesce(json_array_length(u.attached_policy_arns), 0) as attached,
        coalesce(json_array_length(u.inline_policies), 0) as inline
    from aws_iam_user as u
)

select
    u.arn as resource,
    unnest(case
        when u.attached + u.inline > 0 then alarm(concat(
            'The user has ', pluralize(u.attached, 'attached policy', 'attached policies'), ' and ',
            pluralize(u.inline, 'inline policy', 'inline policies'), '.'
        ))
        else ok('The user has no attached or inline policies.')
    end),
    u.account_id, 'global' as region, u.name as user_name
from users as u
order by account_position(u.account_id), u.arn
