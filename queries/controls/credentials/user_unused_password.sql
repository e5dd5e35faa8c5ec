-- title: Ensure console passwords unused for 90 days or more are disabled
-- kind: control
-- severity: medium
-- tags: passwords, users
-- param: days integer = 90              # Days without a sign-in after which a password is unused
-- remediation: iamsql query user_history --arg user_name={user_name} --arg account={account_id}
-- remediation: aws iam delete-login-profile --user-name {user_name}
--
-- A user who has not signed in for months does not need a password. Delete it; it can be set again. A password that was
-- never used is evaluated by the date on which it was set. Users without a password are skipped.

with passwords as (
    select p.*, days_between(coalesce(p.last_used, p.set_at), as_of()) as unused_days
    from user_passwords() as p
)

select
    p.arn as resource,
    unnest(case
        when not p.has_password then skip('The user has no console password.')
        when p.has_password is null then unknown('whether the user has a console password could not be read.')
        when not p.use_known then unknown('the last use of the password could not be read.')
        else alarm_if(p.unused_days >= $days, concat(
            'The password was ', case when p.last_used is null then 'set ' else 'last used ' end, in_days(p.unused_days),
            ' ago', case when p.last_used is null then ' and never used' end,
            '; it counts as unused after ', in_days($days), '.'
        ))
    end),
    p.account_id, 'global' as region, p.user_name
from passwords as p
order by account_position(p.account_id), p.arn
