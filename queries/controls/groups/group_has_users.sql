-- title: Ensure IAM groups have at least one user
-- kind: control
-- severity: low
-- tags: groups, config:iam-group-has-users-check
-- remediation: aws iam get-group --group-name {resource:name}
-- remediation: aws iam list-attached-group-policies --group-name {resource:name}
-- remediation: aws iam list-group-policies --group-name {resource:name}
-- remediation: # If nobody needs the group, for each attached policy: aws iam detach-group-policy --group-name {resource:name} --policy-arn POLICY_ARN
-- remediation: # For each inline policy: aws iam delete-group-policy --group-name {resource:name} --policy-name POLICY_NAME
-- remediation: # Then: aws iam delete-group --group-name {resource:name}
--
-- A group without users keeps permissions that any user added to it receives. Delete the group, or document its
-- purpose. The result is an error if the users of the account or their groups were not read. The Powerpipe control
-- treats a group with an empty list of users as a group with users.

with unread_users as (
    select distinct u.account_id
    from aws_iam_user as u
    where u.groups is null
)

select
    g.arn as resource,
    unnest(case
        when json_array_length(g.users) > 0
            then ok(concat('The group has ', pluralize(json_array_length(g.users), 'user', 'users'), '.'))
        when c.is_read = 1 and u.account_id is null then alarm('The group has no users.')
        else unknown('the groups of some users of the account were not read.')
    end),
    g.account_id, 'global' as region
from aws_iam_group as g
left join account_calls('iam', ['GetAccountAuthorizationDetails', 'ListUsers']) as c on c.account_id = g.account_id
left join unread_users as u on u.account_id = g.account_id
order by account_position(g.account_id), g.arn
