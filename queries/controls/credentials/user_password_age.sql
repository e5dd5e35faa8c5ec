-- title: Ensure console passwords of IAM users are changed every 365 days or less
-- kind: control
-- severity: low
-- version: 1
-- tags: passwords, users
-- param: days integer = 365             # Age in days from which a password is old
--
-- A password of many years has outlived leaks, screens and the people who knew it. A rule that makes everybody change
-- theirs often does more harm than good; one a year is enough to find those that nobody minds. Users without a
-- password make a `skip` row.

with aged as (
    select
        c.account_id, c.user_name,
        days_between(c.password_last_changed, as_of()) as age_days
    from aws_iam_credential_report as c
)

select
    u.arn as resource,
    unnest(case
        when not u.password_enabled then skip('The user has no password.')
        when u.password_enabled is null then unknown('whether the user has a password could not be read.')
        when p.age_days is null then unknown('when the password was set is not in the credential report.')
        else alarm_if(
            p.age_days >= $days, concat('The password is ', in_days(p.age_days), ' old; the limit is ', $days, '.')
        )
    end),
    u.account_id, 'global' as region, u.name as user_name
from aws_iam_user as u
left join aged as p on p.account_id = u.account_id and p.user_name = u.name
left join iamsql.accounts as a on a.account_id = u.account_id
order by a.position, u.arn
