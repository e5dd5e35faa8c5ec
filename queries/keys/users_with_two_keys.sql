-- title: Users with two access keys
-- kind: report
-- severity: medium
-- tags: access-keys, cis_v3.0:1.13
-- columns: account, user_name, active_keys, first_last_used_date, second_last_used_date, first_last_used_known, second_last_used_known
-- remediation: iamsql query key_history --arg access_key_id={first_key_id}
-- remediation: iamsql query key_history --arg access_key_id={second_key_id}
-- remediation: aws iam update-access-key --user-name {user_name} --access-key-id ACCESS_KEY_ID --status Inactive
--
-- Returns IAM users with two access keys, those with two active keys first. A second key is intended for the days of a
-- rotation; a user who keeps both active has two secrets that can leak, and attackers create a second key to keep
-- access. Find out which key is in use and deactivate the other. The first key is the older one. If the last use of a
-- key could not be read, its date is NULL and its `known` column is false.

with users as (
    select
        k.account_id, k.user_name,
        sum(case when k.status = 'Active' then 1 else 0 end) as active_keys,
        list(
            {
                'id': k.access_key_id, 'status': k.status, 'create_date': k.create_date,
                'last_used_date': k.access_key_last_used_date,
                'is_use_known': coalesce(k.last_used_known, false) or k.access_key_last_used_date is not null
            }
            order by k.create_date, k.access_key_id
        ) as keys
    from aws_iam_access_key as k
    group by k.account_id, k.user_name
    having count(*) > 1
),

pairs as (
    select
        u.account_id, u.user_name,
        cast(u.active_keys as bigint) as active_keys,
        u.keys[1] as first_key, u.keys[2] as second_key
    from users as u
)

select
    p.account_id, a.name as account_name, p.user_name, p.active_keys, p.first_key.id as first_key_id,
    p.first_key.status as first_status,
    days_between(p.first_key.create_date, o.as_of) as first_age_days,
    p.first_key.last_used_date as first_last_used_date, p.first_key.is_use_known as first_last_used_known,
    p.second_key.id as second_key_id, p.second_key.status as second_status,
    days_between(p.second_key.create_date, o.as_of) as second_age_days,
    p.second_key.last_used_date as second_last_used_date, p.second_key.is_use_known as second_last_used_known, o.as_of
from pairs as p
cross join (select as_of() as as_of) as o
left join iamsql.accounts as a on a.account_id = p.account_id
order by p.active_keys desc, a.position, p.user_name
