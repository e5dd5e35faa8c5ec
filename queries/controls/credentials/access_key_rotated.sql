-- title: Ensure access keys are rotated every 90 days or less
-- kind: control
-- severity: medium
-- version: 1
-- tags: access-keys, cis_v1.2:1.4, cis_v3.0:1.14, cis_v7.0:2.12, fsbp:IAM.3, config:access-keys-rotated
-- param: days integer = 90              # Age in days from which a key is old
-- param: inactive boolean = false       # Judge inactive keys like active ones
--
-- A long-lived key that is not rotated is the most common way into an account: the older it is, the more files, logs
-- and people have seen it. Make a new one, change over, delete the old one; best, let a role take its place. An
-- inactive key makes a `skip` row.

select
    k.arn as resource,
    unnest(case
        when k.status <> 'Active' and not $inactive then skip('The key is inactive.')
        when k.age_days is null then unknown('the day the key was made could not be read.')
        else alarm_if(
            k.age_days >= $days, concat('The key is ', in_days(k.age_days), ' old; the limit is ', $days, '.')
        )
    end),
    k.account_id, 'global' as region, k.user_name, k.access_key_id
from iam_access_keys() as k
left join iamsql.accounts as a on a.account_id = k.account_id
order by a.position, k.arn, k.access_key_id
