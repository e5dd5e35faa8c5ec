-- title: Ensure there is only one active access key for any single IAM user
-- kind: control
-- severity: medium
-- tags: access-keys, users, cis_v3.0:1.13
-- remediation: iamsql query users_with_two_keys
-- remediation: aws iam update-access-key --user-name {user_name} --access-key-id ACCESS_KEY_ID --status Inactive
-- remediation: # When nothing has failed for some days: aws iam delete-access-key --user-name {user_name} --access-key-id ACCESS_KEY_ID
--
-- A second active access key is needed only during rotation. Otherwise it is a second secret that can leak, and a
-- common way for an attacker to keep access. Deactivate the key that is not in use; `users_with_two_keys` shows the use
-- of both. The Powerpipe control does not find keys of users with a path, and has no row for users without an active
-- key.

select
    u.arn as resource,
    unnest(case
        when k.active > 1 then alarm(concat('The user has ', k.active, ' active access keys.'))
        when k.active = 1 then ok('The user has 1 active access key.')
        else ok('The user has no active access key.')
    end),
    u.account_id, 'global' as region, u.name as user_name
from aws_iam_user as u
left join active_keys() as k on k.account_id = u.account_id and k.user_name = u.name
order by account_position(u.account_id), u.arn
