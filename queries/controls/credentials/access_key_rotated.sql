-- title: Ensure access keys are rotated every 90 days or less
-- kind: control
-- severity: medium
-- tags: access-keys, cis_v1.2:1.4, cis_v3.0:1.14, cis_v7.0:2.12, fsbp:IAM.3, config:access-keys-rotated
-- param: days integer = 90              # Age at which an access key must be rotated, in days
-- param: inactive boolean = false       # Include inactive access keys
-- remediation: iamsql query key_history --arg access_key_id={access_key_id}
-- remediation: aws iam create-access-key --user-name {user_name}
-- remediation: # When the applications use the new key: aws iam update-access-key --user-name {user_name} --access-key-id {access_key_id} --status Inactive
--
-- The longer an access key exists, the more files, logs and people have seen it, and leaked keys are the most common
-- way into an account. Create a second key, update the applications and delete the old key, or use a role. Inactive
-- keys are skipped.

select
    k.arn as resource,
    unnest(case
        when k.status <> 'Active' and not $inactive then skip('The access key is inactive.')
        when k.age_days is null then unknown('the creation date of the access key could not be read.')
        else alarm_if(
            k.age_days >= $days,
            concat('The access key is ', in_days(k.age_days), ' old; it must be less than ', in_days($days), ' old.')
        )
    end),
    k.account_id, 'global' as region, k.user_name, k.access_key_id
from iam_access_keys() as k
order by account_position(k.account_id), k.arn, k.access_key_id
