-- title: Ensure IAM roles have no inline policies
-- kind: control
-- severity: low
-- version: 1
-- tags: roles, inline, config:iam-no-inline-policy-check
--
-- An inline policy is in no list of policies, cannot be shared or rolled back, and goes with what it is in. Make it a
-- managed policy and attach that, unless it is meant for this role alone and lives where the role is made. Service-
-- linked roles and those of Identity Center have no row: nobody changes them in the account. The public control of
-- this subject leaves out roles under /service-role/ too, which are evaluated here: they are the customer's.

select
    e.arn as resource,
    unnest(no_inline_policies(e.inline_policies, 'role')),
    e.account_id, 'global' as region
from aws_iam_role as e
left join iamsql.accounts as a on a.account_id = e.account_id
where
    coalesce(e.path, '/') not like '/aws-service-role/%'
    and coalesce(e.path, '/') not like '/aws-reserved/sso.amazonaws.com/%'
order by a.position, e.arn
