-- title: Ensure console passwords of IAM users are changed every 365 days or less
-- kind: control
-- severity: low
-- tags: passwords, users
-- param: days integer = 365             # Age at which a password must be changed, in days
-- remediation: # The user must be allowed to change the password, by the password policy or by iam:ChangePassword. The next sign-in requires it:
-- remediation: aws iam update-login-profile --user-name {user_name} --password-reset-required
--
-- An old password may have been exposed in a leak or shared with people who left. Change the password, or use IAM
-- Identity Center. Frequent forced changes weaken passwords; one change a year is enough to find passwords that nobody
-- maintains. Users without a password are skipped.

with passwords as (
    select c.account_id, c.user_name, days_between(c.password_last_changed, as_of()) as age_days
    from aws_iam_credential_report as c
)

select
    u.arn as resource,
    unnest(case
        when not u.password_enabled then skip('The user has no console password.')
        when u.password_enabled is null then unknown('whether the user has a console password could not be read.')
        when p.age_days is null
            then unknown('the credential report does not contain the date of the last password change.')
        else alarm_if(
            p.age_days >= $days,
            concat('The password is ', in_days(p.age_days), ' old; it must be less than ', in_days($days), ' old.')
        )
    end),
    u.account_id, 'global' as region, u.name as user_name
from aws_iam_user as u
left join passwords as p on p.account_id = u.account_id and p.user_name = u.name
order by account_position(u.account_id), u.arn
