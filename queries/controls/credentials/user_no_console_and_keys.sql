-- title: Ensure no IAM user has both a console password and an active access key
-- kind: control
-- severity: low
-- tags: access-keys, passwords, users
-- remediation: iamsql query user_history --arg user_name={user_name} --arg account={account_id}
-- remediation: # If only an application uses the user: aws iam delete-login-profile --user-name {user_name}
-- remediation: # If only a person uses the user: aws iam update-access-key --user-name {user_name} --access-key-id ACCESS_KEY_ID --status Inactive
--
-- A user with both credentials serves a person and an application: a leaked key has the permissions of the person, and
-- a guessed password has the application's permissions. Separate the two, preferably with IAM Identity Center and a
-- role.

select
    u.arn as resource,
    unnest(case
        when k.active is null then ok('The user has no active access key.')
        when u.password_enabled is null then unknown('whether the user has a console password could not be read.')
        when u.password_enabled then alarm('The user has a console password and an active access key.')
        else ok('The user has an active access key and no console password.')
    end),
    u.account_id, 'global' as region, u.name as user_name
from aws_iam_user as u
left join active_keys() as k on k.account_id = u.account_id and k.user_name = u.name
order by account_position(u.account_id), u.arn
