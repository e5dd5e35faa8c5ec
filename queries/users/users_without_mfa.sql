-- title: IAM users without MFA
-- kind: report
-- severity: high
-- version: 1
-- tags: mfa, cis_v3.0:1.10, fsbp:IAM.5, IAM.19
-- param: console_only boolean = false  # Exclude users that are known to have no password
--
-- Returns IAM users without an MFA device, those who can sign in to the console first. A password alone can be
-- guessed, reused or phished. Assign a device to these users, or move them to single sign-on and delete the password.
-- `mfa` is `none`, or `unknown` where neither the credential report nor the devices of the user could be read;
-- `has_password` is NULL where it could not be read.

with keys as (
    select
        k.account_id, k.user_name,
        count(*) as active_keys
    from aws_iam_access_key as k
    where k.status = 'Active'
    group by k.account_id, k.user_name
),

key_lists as (
    select
        c.account_id,
        min(case when c.status = 'ok' then 1 else 0 end) as is_read
    from iamsql.coverage as c
    where c.service = 'iam' and c.operation = 'ListAccessKeys'
    group by c.account_id
),

users as (
    select
        u.account_id, u.position as user_position, u.name as user_name, u.create_date, u.mfa_enabled as has_mfa,
        u.password_enabled as has_password, u.password_last_used as signed_in,
        coalesce(k.active_keys, case when l.is_read = 1 then 0 end) as active_keys
    from aws_iam_user as u
    left join keys as k on k.account_id = u.account_id and k.user_name = u.name
    left join key_lists as l on l.account_id = u.account_id
)

select
    p.account_id, a.name as account_name, p.user_name,
    case when p.has_mfa is null then 'unknown' else 'none' end as mfa,
    p.has_password, p.signed_in as password_last_used, p.active_keys,
    days_between(p.create_date, o.as_of) as user_age_days,
    o.as_of
from users as p
cross join (select as_of() as as_of) as o
left join iamsql.accounts as a on a.account_id = p.account_id
where
    (not p.has_mfa or p.has_mfa is null)
    and (not $console_only or p.has_password or p.has_password is null)
order by
    case when p.has_password then 1 when p.has_password is null then 2 else 3 end,
    a.position, p.user_position, p.user_name
