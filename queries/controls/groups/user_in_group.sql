-- title: Ensure IAM users are members of at least one group
-- kind: control
-- severity: low
-- tags: users, groups, config:iam-user-group-membership-check
-- remediation: iamsql query principal_statements --arg principal={resource}
-- remediation: aws iam add-user-to-group --user-name {user_name} --group-name GROUP_NAME
--
-- Permissions of groups can be reviewed together; the permissions of a user outside all groups must be reviewed
-- separately. Add the user to a group, or replace the user with a role.

select
    u.arn as resource,
    unnest(case
        when u.groups is null then unknown('the groups of the user were not read.')
        when json_array_length(u.groups) = 0 then alarm('The user is not a member of any group.')
        else ok(concat('The user is a member of ', pluralize(json_array_length(u.groups), 'group', 'groups'), '.'))
    end),
    u.account_id, 'global' as region, u.name as user_name
from aws_iam_user as u
order by account_position(u.account_id), u.arn
