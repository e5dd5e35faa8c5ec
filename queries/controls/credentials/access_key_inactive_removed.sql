-- title: Ensure inactive access keys are deleted
-- kind: control
-- severity: low
-- tags: access-keys
-- param: days integer = 90              # Days without use after which an inactive access key must be deleted
-- remediation: iamsql query key_history --arg access_key_id={access_key_id}
-- remediation: aws iam get-access-key-last-used --access-key-id {access_key_id}
-- remediation: aws iam delete-access-key --user-name {user_name} --access-key-id {access_key_id}
--
-- Anyone who can call iam:UpdateAccessKey can activate an inactive access key again. Delete the key when nothing has
-- failed without it. AWS does not record when a key became inactive: the control counts from the last use or, without
-- one, from the creation date. Active keys are skipped.

select
    k.arn as resource,
    unnest(case
        when k.status = 'Active' then skip('The access key is active.')
        else key_use(k.is_used, k.is_known, k.unused_days, $days, 'inactive access key')
    end),
    k.account_id, 'global' as region, k.user_name, k.access_key_id
from iam_access_keys() as k
order by account_position(k.account_id), k.arn, k.access_key_id
