-- title: Ensure no IAM user has both a console password and an active access key
-- kind: control
-- severity: low
-- version: 1
-- tags: access-keys, passwords, users
--
-- A person signs in; a program has a key. Who has both lends a person's rights to a file on a disk, or a program's to
-- whoever guesses a password. Make two users of them, or better none.

select
    u.arn as resource,
    unnest(case
        when k.active is null then ok('The user has no active access key.')
        when u.password_enabled is null then unknown('whether the user has a password could not be read.')
        when u.password_enabled then alarm('The user has a password and an active access key.')
        else ok('The user has an active access key and no password.')
    end),
    u.account_id, 'global' as region, u.name as user_name
from aws_iam_user as u
left join active_keys() as k on k.account_id = u.account_id and k.user_name = u.name
left join iamsql.accounts as a on a.account_id = u.account_id
order by a.position, u.arn
