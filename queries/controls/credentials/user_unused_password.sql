-- title: Ensure console passwords unused for 90 days or more are disabled
-- kind: control
-- severity: medium
-- version: 1
-- tags: passwords, users
-- param: days integer = 90              # Days without a sign-in from which a password is unused
--
-- Who has not signed in for months does not need to. Delete the password; it can be set again on the day it is
-- wanted. One that was never used is evaluated from the day it was set. Users without a password make a `skip` row.

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

aged as (
    select
        p.*,
        days_between(coalesce(p.used, p.made), as_of()) as age_days
    from passwords as p
)

select
    u.arn as resource,
    unnest(case
        when not p.has_password then skip('The user has no password.')
        when p.has_password is null then unknown('whether the user has a password could not be read.')
        when not p.use_known then unknown('when the password was last used could not be read.')
        when p.used is null then alarm_if(
            p.age_days >= $days,
            concat('The password was set ', in_days(p.age_days), ' ago and never used; the limit is ', $days, '.')
        )
        else alarm_if(
            p.age_days >= $days,
            concat('The password was last used ', in_days(p.age_days), ' ago; the limit is ', $days, '.')
        )
    end),
    u.account_id, 'global' as region, u.name as user_name
from aws_iam_user as u
inner join aged as p on p.account_id = u.account_id and p.arn = u.arn
left join iamsql.accounts as a on a.account_id = u.account_id
order by a.position, u.arn
