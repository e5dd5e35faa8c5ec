-- title: Ensure no access key was created at initial setup for IAM users that have a console password
-- kind: control
-- severity: low
-- tags: access-keys, users, cis_v1.2:1.21, cis_v3.0:1.11
-- param: seconds integer = 3600         # Seconds after the creation of a user in which a key counts as created at setup
-- remediation: aws iam list-access-keys --user-name {user_name}
-- remediation: aws iam update-access-key --user-name {user_name} --access-key-id ACCESS_KEY_ID --status Inactive
-- remediation: # When nothing has failed for some days: aws iam delete-access-key --user-name {user_name} --access-key-id ACCESS_KEY_ID
--
-- Earlier versions of the console offered an access key when a user was created, and many of these keys were never
-- needed. Delete active keys that were created with their user and never used; users can create a key when they need
-- one. There is one row for each user with a console password.

with setup_keys as (
    select
        k.account_id, k.user_name,
        min(k.access_key_id) as access_key_id,
        min(case when k.last_used_known then 1 else 0 end) as is_known
    from aws_iam_access_key as k
    inner join aws_iam_user as u on u.account_id = k.account_id and u.name = k.user_name
    where
        k.status = 'Active'
        and k.access_key_last_used_date is null
        and k.create_date <= u.create_date + $seconds * interval '1 second'
    group by k.account_id, k.user_name
)

select
    u.arn as resource,
    unnest(case
        when u.password_enabled is null and k.user_name is not null
            then unknown('whether the user has a console password could not be read.')
        when k.is_known = 0 then unknown(concat('the last use of ', k.access_key_id, ' could not be read.'))
        when k.user_name is not null
            then alarm(concat('The access key ', k.access_key_id, ' was created with the user and never used.'))
        else ok('The user has no unused access key that was created with the user.')
    end),
    u.account_id, 'global' as region, u.name as user_name
from aws_iam_user as u
left join setup_keys as k on k.account_id = u.account_id and k.user_name = u.name
where u.password_enabled or u.password_enabled is null
order by account_position(u.account_id), u.arn
