-- title: Ensure credentials unused for 45 days or more are disabled
-- kind: control
-- severity: medium
-- version: 1
-- tags: access-keys, passwords, users, cis_v1.2:1.3, cis_v3.0:1.12, cis_v7.0:2.11, fsbp:IAM.8, security_hub:IAM.22, config:iam-user-unused-credentials-check
-- param: days integer = 45              # Days without use from which a credential is unused
--
-- A password or an active key that nobody uses can be taken away without anybody missing it, and cannot be stolen
-- afterwards. One row for each user: an alarm when any of them is unused. What was never used is evaluated from the
-- day it was set (a password) or made (a key). The public control of this subject has a row for root too; here see
-- `root_last_used`.

with listed as (
    select
        c.account_id,
        max(case when c.status = 'ok' then 1 else 0 end) as is_read
    from iamsql.coverage as c
    where c.service = 'iam' and c.operation = 'ListUsers'
    group by c.account_id
),

passwords as (
    select
        u.account_id, u.arn, u.password_enabled as has_password, u.password_last_used as used,
        coalesce(
            c.password_last_changed, cast(u.login_profile ->> '$.CreateDate' as timestamptz), u.create_date
        ) as made,
        c.user_name is not null or n.is_read = 1 or u.password_last_used is not null as use_known
    from aws_iam_user as u
    left join aws_iam_credential_report as c on c.account_id = u.account_id and c.user_name = u.name
    left join listed as n on n.account_id = u.account_id
),

credentials as (
    select
        p.account_id, p.arn, 'the password' as what, p.has_password as is_held, p.use_known as is_known,
        p.used is null as is_never,
        coalesce(p.used, p.made) as since
    from passwords as p
    where p.has_password or p.has_password is null
    union all
    select
        k.account_id, u.arn,
        concat('key ', k.access_key_id) as what,
        true as is_held,
        coalesce(k.last_used_known, false) or k.access_key_last_used_date is not null as is_known,
        k.access_key_last_used_date is null as is_never,
        coalesce(k.access_key_last_used_date, k.create_date) as since
    from aws_iam_access_key as k
    inner join aws_iam_user as u on u.account_id = k.account_id and u.name = k.user_name
    where k.status = 'Active'
),

aged as (
    select
        c.*,
        days_between(c.since, as_of()) as age_days
    from credentials as c
),

summed as (
    select
        g.account_id, g.arn,
        string_agg(
            case
                when g.is_held and g.is_known and g.age_days >= $days
                    then concat(g.what, case when g.is_never then ' never in ' else ' for ' end, in_days(g.age_days))
            end,
            ', '
            order by g.what desc
        ) as unused,
        string_agg(
            case when not coalesce(g.is_held and g.is_known, false) then g.what end, ', ' order by g.what desc
        ) as unknown
    from aged as g
    where g.age_days >= $days or g.is_held is null
    group by g.account_id, g.arn
)

select
    u.arn as resource,
    unnest(case
        when s.unused is not null then alarm(concat('Unused: ', s.unused, '; the limit is ', $days, '.'))
        when s.unknown is not null then unknown(concat('the use of ', s.unknown, ' could not be read.'))
        else ok(concat('Every password and active key of the user was used or made within ', $days, ' days.'))
    end),
    u.account_id, 'global' as region, u.name as user_name
from aws_iam_user as u
left join summed as s on s.account_id = u.account_id and s.arn = u.arn
left join iamsql.accounts as a on a.account_id = u.account_id
order by a.position, u.arn
