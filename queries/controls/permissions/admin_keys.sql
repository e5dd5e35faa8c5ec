-- title: Ensure administrators have no active access keys
-- kind: control
-- severity: high
-- tags: permissions, admins, access-keys
-- remediation: aws iam list-access-keys --user-name {user_name}
-- remediation: iamsql query key_history --arg access_key_id=ACCESS_KEY_ID
-- remediation: aws iam update-access-key --user-name {user_name} --access-key-id ACCESS_KEY_ID --status Inactive
--
-- An access key works from anywhere until it is deactivated, and the key of an administrator gives full access to the
-- account. Use roles, which have temporary credentials, and delete the key. If the service control policies were not
-- read, users that only these policies limit count as administrators. The result is an error for a user with a key if
-- an unread policy decides whether the user is an administrator.

select
    u.arn as resource,
    unnest(case
        when k.active is not null and a.as_read = 'denied' then unknown(concat(
            'the user has an active access key and may be an administrator; not read: ',
            array_to_string(a.missing, ', '), '.'
        ))
        when k.active is not null then alarm(concat(
            'The administrator has ', pluralize(k.active, 'active access key', 'active access keys'),
            case when k.active > 1 then ', the oldest created on ' else ', created on ' end,
            strftime(k.oldest, '%Y-%m-%d'), '.'
        ))
        else ok('The administrator has no active access key.')
    end),
    u.account_id, 'global' as region, u.name as user_name
from iam_admins() as a
inner join aws_iam_user as u on u.arn = a.principal
left join active_keys() as k on k.account_id = u.account_id and k.user_name = u.name
order by account_position(u.account_id), u.arn
