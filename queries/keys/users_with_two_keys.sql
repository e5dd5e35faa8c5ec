-- title: Users with two access keys
-- kind: report
-- severity: medium
-- version: 1
-- tags: access-keys, cis_v3.0:1.13
--
-- Two keys are meant for the days of a change from one to the other. A user who keeps both active has two secrets to
-- lose, and a second key is how a thief stays. Find out which one is in use and make the other inactive. The first key
-- is the older one; a last use that could not be read is empty and `known` is false. The worst come first: two active
-- keys, then one.

with numbered as (
    select
        k.account_id, k.user_name, k.access_key_id, k.status, k.create_date, k.access_key_last_used_date,
        coalesce(k.last_used_known, false) or k.access_key_last_used_date is not null as use_known,
        row_number() over (partition by k.account_id, k.user_name order by k.create_date, k.access_key_id) as place
    from aws_iam_access_key as k
),

pairs as (
    select
        n.account_id, n.user_name,
        sum(case when n.status = 'Active' then 1 else 0 end) as active_keys,
        max(case when n.place = 1 then n.access_key_id end) as first_key_id,
        max(case when n.place = 1 then n.status end) as first_status,
        max(case when n.place = 1 then n.create_date end) as first_made,
        max(case when n.place = 1 then n.access_key_last_used_date end) as first_used,
        max(case when n.place = 1 and n.use_known then 1 else 0 end) = 1 as first_known,
        max(case when n.place = 2 then n.access_key_id end) as second_key_id,
        max(case when n.place = 2 then n.status end) as second_status,
        max(case when n.place = 2 then n.create_date end) as second_made,
        max(case when n.place = 2 then n.access_key_last_used_date end) as second_used,
        max(case when n.place = 2 and n.use_known then 1 else 0 end) = 1 as second_known
    from numbered as n
    group by n.account_id, n.user_name
    having count(*) > 1
)

select
    p.account_id, a.name as account_name, p.user_name,
    cast(p.active_keys as bigint) as active_keys,
    p.first_key_id, p.first_status,
    cast(floor((extract(epoch from m.moment) - extract(epoch from p.first_made)) / 86400) as bigint) as first_age_days,
    p.first_used as first_last_used_date, p.first_known as first_last_used_known, p.second_key_id, p.second_status,
    cast(
        floor((extract(epoch from m.moment) - extract(epoch from p.second_made)) / 86400) as bigint
    ) as second_age_days,
    p.second_used as second_last_used_date, p.second_known as second_last_used_known, m.moment as as_of
from pairs as p
cross join (select as_of() as moment) as m
left join iamsql.accounts as a on a.account_id = p.account_id
order by p.active_keys desc, a.position, p.user_name
