-- title: Ensure every access key has been used
-- kind: control
-- severity: low
-- version: 1
-- tags: access-keys
-- param: days integer = 30              # Age in days from which a key without any use is an alarm
--
-- A key that nobody ever used was made for nothing, often together with its user, and can be deleted without breaking
-- anything. AWS has recorded the use of keys since 2015-04-22. Inactive keys count too, for they can be made active
-- again.

select
    k.arn as resource,
    unnest(case
        when k.is_used then ok('The key was used.')
        when k.age_days < $days
            then ok(concat('The key is ', in_days(k.age_days), ' old; one without use may be so for ', $days, '.'))
        when not k.is_known then unknown('the last use of the key could not be read.')
        when k.age_days is null then unknown('the day the key was made could not be read.')
        else alarm(
            concat('The key was not used in the ', in_days(k.age_days), ' since it was made; the limit is ', $days, '.')
        )
    end),
    k.account_id, 'global' as region, k.user_name, k.access_key_id
from iam_access_keys() as k
left join iamsql.accounts as a on a.account_id = k.account_id
order by a.position, k.arn, k.access_key_id
