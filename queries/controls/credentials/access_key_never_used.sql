-- title: Access keys that were made are used
-- kind: control
-- severity: low
-- version: 1
-- tags: access-keys
-- param: days integer = 30              # Age in days from which a key without any use is an alarm
--
-- A key that nobody ever used was made for nothing, often together with its user, and can be deleted without breaking
-- anything. AWS has recorded the use of keys since 2015-04-22. Inactive keys count too, for they can be made active
-- again.

with aged as (
    select
        k.account_id,
        coalesce(u.arn, concat('arn:', r."partition", ':iam::', k.account_id, ':user/', k.user_name)) as arn,
        k.user_name,
        k.access_key_id,
        k.status,
        coalesce(k.last_used_known, false) or k.access_key_last_used_date is not null as is_known,
        k.access_key_last_used_date is not null as is_used,
        cast(floor((
            extract(epoch from as_of()) - extract(epoch from coalesce(k.access_key_last_used_date, k.create_date))
        ) / 86400) as bigint) as idle_days,
        cast(floor((extract(epoch from as_of()) - extract(epoch from k.create_date)) / 86400) as bigint) as age_days
    from aws_iam_access_key as k
    cross join iamsql.run as r
    left join aws_iam_user as u on u.account_id = k.account_id and u.name = k.user_name
)

select
    k.arn as resource,
    case
        when k.is_used or k.age_days < $days then 'ok'
        when not k.is_known or k.age_days is null then 'error'
        else 'alarm'
    end as status,
    case
        when k.is_used then 'The key was used.'
        when k.age_days < $days
            then concat('The key is ', k.age_days, ' days old; one without use may be so for ', $days, '.')
        when not k.is_known then 'Unknown: the last use of the key could not be read.'
        when k.age_days is null then 'Unknown: the day the key was made could not be read.'
        else concat('The key was not used in the ', k.age_days, ' days since it was made; the limit is ', $days, '.')
    end as reason,
    k.account_id as account_id,
    'global' as region,
    k.user_name as user_name,
    k.access_key_id as access_key_id
from aged as k
left join iamsql.accounts as a on a.account_id = k.account_id
order by a.position, k.arn, k.access_key_id
