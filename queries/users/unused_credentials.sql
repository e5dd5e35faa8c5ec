-- title: Passwords and access keys that are not used
-- kind: report
-- severity: medium
-- version: 1
-- tags: access-keys, passwords, cis_v3.0:1.12, fsbp:IAM.22
-- param: idle_days integer = 45       # Days without use from which a credential counts as unused
--
-- A password or an active key that nobody uses can be taken away without anybody missing it, and cannot be stolen
-- afterwards. One that was never used is evaluated from the day it was set (a password) or made (a key). `state` is
-- `unused`, or `unknown` where it could not be read whether there is a password, or when it or the key was last used.
-- The root user is not in it: see `root_activity`.

with answered as (
    select c.account_id, 1 as user_list
    from iamsql.coverage as c
    where c.service = 'iam' and c.operation = 'ListUsers' and c.status = 'ok'
    group by c.account_id
),

passwords as (
    select
        u.account_id, u.name as user_name, u.password_enabled as has_password,
        coalesce(
            r.password_last_changed, cast(u.login_profile ->> '$.CreateDate' as timestamptz), u.create_date
        ) as made,
        u.password_last_used as used,
        r.user_name is not null or coalesce(n.user_list, 0) = 1 or u.password_last_used is not null as use_known
    from aws_iam_user as u
    left join aws_iam_credential_report as r on r.account_id = u.account_id and r.user_name = u.name
    left join answered as n on n.account_id = u.account_id
),

credentials as (
    select
        p.account_id, p.user_name, 'password' as credential,
        cast(null as varchar) as access_key_id,
        p.made, p.used,
        p.has_password is not null and p.use_known as is_known,
        case
            when p.has_password is null then 'whether there is a password could not be read'
            when not p.use_known then 'its last use could not be read'
        end as unknown_because
    from passwords as p
    where p.has_password or p.has_password is null
    union all
    select
        k.account_id, k.user_name, 'access key' as credential, k.access_key_id, k.create_date as made,
        k.access_key_last_used_date as used,
        coalesce(k.last_used_known, false) or k.access_key_last_used_date is not null as is_known,
        'its last use could not be read' as unknown_because
    from aws_iam_access_key as k
    where k.status = 'Active'
)

select
    c.account_id, a.name as account_name, c.user_name, c.credential, c.access_key_id,
    case when c.is_known then 'unused' else 'unknown' end as state,
    c.made, c.used as last_used_date,
    case
        when c.is_known
            then cast(
                floor((extract(epoch from m.moment) - extract(epoch from coalesce(c.used, c.made))) / 86400) as bigint
            )
    end as unused_days,
    case
        when not c.is_known then c.unknown_because
        when c.used is null then concat('never used in at least ', $idle_days, ' days')
        else concat('not used for at least ', $idle_days, ' days')
    end as reason,
    m.moment as as_of
from credentials as c
cross join (select as_of() as moment) as m
left join iamsql.accounts as a on a.account_id = c.account_id
where
    coalesce(c.used, c.made) <= m.moment - $idle_days * interval '24 hours'
    or (c.used is null and c.made is null)
order by a.position, c.user_name, c.credential desc, c.access_key_id
