-- title: Ensure active access keys that are unused for 90 days or more are deactivated
-- kind: control
-- severity: medium
-- tags: access-keys
-- param: days integer = 90              # Days without use after which an access key is unused
-- remediation: iamsql query key_history --arg access_key_id={access_key_id}
-- remediation: aws iam update-access-key --user-name {user_name} --access-key-id {access_key_id} --status Inactive
-- remediation: # When nothing has failed for some days: aws iam delete-access-key --user-name {user_name} --access-key-id {access_key_id}
--
-- An unused access key is a risk without a benefit. Deactivate the key, wait, and then delete it. A key that was never
-- used is evaluated by its creation date. Inactive keys are skipped.

select
    k.arn as resource,
    unnest(case
        when k.status <> 'Active' then skip('The access key is inactive.')
        else key_use(k.is_used, k.is_known, k.unused_days, $days, 'access key')
    end),
    k.account_id, 'global' as region, k.user_name, k.access_key_id
from iam_access_keys() as k
order by account_position(k.account_id), k.arn, k.access_key_id
