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
        when k.idle_days >= $days and not k.is_known then unknown('the last use of the inactive key could not be read.')
        when k.idle_days is null then unknown('the day the key was made could not be read.')
        when k.is_used then alarm_if(
            k.idle_days >= $days,
            concat('The inactive key was last used ', in_days(k.idle_days), ' ago; the limit is ', $days, '.')
        )
        else alarm_if(
            k.idle_days >= $days,
            concat('The inactive key is ', in_days(k.idle_days), ' old with no use known; the limit is ', $days, '.')
        )
    end),
    k.account_id, 'global' as region, k.user_name, k.access_key_id
from iam_keys() as k
left join iamsql.accounts as a on a.account_id = k.account_id
order by a.position, k.arn, k.access_key_id
