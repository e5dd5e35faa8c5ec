-- title: Ensure IAM users receive permissions only through groups
-- kind: control
-- severity: low
-- version: 1
-- tags: users, policies, cis_v1.2:1.16, cis_v3.0:1.15, cis_v7.0:2.13, fsbp:IAM.2, security_hub:IAM.2, config:iam-user-no-policies-check
--
-- A policy that is attached to a user, or inline in one, is forgotten when the user changes work. Give permissions to
-- groups, best to roles.

with counted as (
    select
        u.account_id, u.arn, u.name,
        coalesce(json_array_length(u.attached_policy_arns), 0) as attached,
        coalesce(json_array_length(u.inline_policies), 0) as inline
    from aws_iam_user as u
)

select
    c.arn as resource,
    unnest(case
        when c.attached + c.inline > 0
            then alarm(concat('The user has policies of its own: ', c.attached, ' attached, ', c.inline, ' inline.'))
        else ok('The user has no policy of its own.')
    end),
    c.account_id, 'global' as region, c.name as user_name
from counted as c
left join iamsql.accounts as a on a.account_id = c.account_id
order by a.position, c.arn
