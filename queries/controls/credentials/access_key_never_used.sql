-- title: Ensure every access key has been used
-- kind: control
-- severity: low
-- tags: access-keys
-- param: days integer = 30              # Age at which an access key must have been used, in days
-- remediation: aws iam get-access-key-last-used --access-key-id {access_key_id}
-- remediation: aws iam update-access-key --user-name {user_name} --access-key-id {access_key_id} --status Inactive
-- remediation: # When nothing has failed for some days: aws iam delete-access-key --user-name {user_name} --access-key-id {access_key_id}
--
-- An access key that was never used was often created together with its user. Delete it; nothing depends on it. AWS
-- records the use of access keys since 2015-04-22. Inactive keys are evaluated too, because they can be activated
-- again.

select
    k.arn as resource,
    unnest(case
        when k.is_used then ok('The access key has been used.')
        when k.age_days < $days then ok(concat(
            'The access key is ', in_days(k.age_days), ' old; it must be used before it is ', in_days($days), ' old.'
        ))
        when not k.is_known then unknown('the last use of the access key could not be read.')
        when k.age_days is null then unknown('the creation date of the access key could not be read.')
        else alarm(concat(
            'The access key is ', in_days(k.age_days), ' old and was never used; it must be used before it is ',
            in_days($days), ' old.'
        ))
    end),
    k.account_id, 'global' as region, k.user_name, k.access_key_id
from iam_access_keys() as k
order by account_position(k.account_id), k.arn, k.access_key_id
