-- title: Ensure inactive access keys are deleted
-- kind: control
-- severity: low
-- version: 1
-- tags: access-keys
-- param: days integer = 90              # Days without use from which an inactive key is to be deleted
--
-- An inactive key is kept for the case that something breaks without it. Once nothing has, it is only there to be
-- made active again, by whoever may: delete it. AWS does not say since when a key is inactive; it is evaluated from
-- its last use, or from the day it was made. An active key makes a `skip` row.

select
    k.arn as resource,
    unnest(case
        when k.status = 'Active' then skip('The key is active.')
        else key_use(k.is_used, k.is_known, k.idle_days, $days, 'inactive key')
    end),
    k.account_id, 'global' as region, k.user_name, k.access_key_id
from iam_access_keys() as k
left join iamsql.accounts as a on a.account_id = k.account_id
order by a.position, k.arn, k.access_key_id
