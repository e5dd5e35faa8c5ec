-- title: Ensure active access keys that are unused for 90 days or more are deactivated
-- kind: control
-- severity: medium
-- version: 1
-- tags: access-keys
-- param: days integer = 90              # Days without use from which a key is unused
--
-- A key that nothing uses is risk for nothing. Make it inactive, wait, then delete it. One that was never used is
-- evaluated from the day it was made. An inactive key makes a `skip` row.

select
    k.arn as resource,
    unnest(case
        when k.status <> 'Active' then skip('The key is inactive.')
        else key_use(k.is_used, k.is_known, k.idle_days, $days, 'key')
    end),
    k.account_id, 'global' as region, k.user_name, k.access_key_id
from iam_access_keys() as k
left join iamsql.accounts as a on a.account_id = k.account_id
order by a.position, k.arn, k.access_key_id
