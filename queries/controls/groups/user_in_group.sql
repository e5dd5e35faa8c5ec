-- title: Ensure IAM users are members of at least one group
-- kind: control
-- severity: low
-- version: 1
-- tags: users, groups, config:iam-user-group-membership-check
--
-- Permissions by groups can be reviewed group by group; a user beside all groups has to be looked at alone. Put the
-- user into a group, or replace it by a role.

select
    u.arn as resource,
    unnest(case
        when u.groups is null then unknown('the groups of the user were not read.')
        when json_array_length(u.groups) = 1 then ok('The user is in 1 group.')
        when json_array_length(u.groups) > 1 then ok(concat('The user is in ', json_array_length(u.groups), ' groups.'))
        else alarm('The user is in no group.')
    end),
    u.account_id, 'global' as region, u.name as user_name
from aws_iam_user as u
left join iamsql.accounts as a on a.account_id = u.account_id
order by a.position, u.arn
