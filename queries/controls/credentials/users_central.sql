-- title: Ensure IAM users are managed centrally via identity federation or AWS Organizations
-- kind: control
-- severity: low
-- tags: users, identity-center, manual, cis_v3.0:1.21, cis_v7.0:2.19
-- remediation: iamsql query console_users
-- remediation: # When the person has access through IAM Identity Center: aws iam delete-login-profile --user-name USER_NAME
--
-- Central identities are disabled in one place when a person leaves; IAM users have to be found in each account. Use
-- IAM Identity Center or federation. This is a manual check: the row counts the IAM users with a console password.

with users as (
    select u.account_id, count(*) as users
    from aws_iam_user as u
    where u.password_enabled or u.password_enabled is null
    group by u.account_id
)

select
    a.arn as resource, 'info' as status,
    case
        when coalesce(u.users, 0) = 0 then 'The account has no IAM user with a console password.'
        else concat(
            'Check whether the account needs ',
            pluralize(u.users, 'IAM user with a console password', 'IAM users with a console password'), '.'
        )
    end as reason,
    a.account_id, 'global' as region
from read_accounts() as a
left join users as u on u.account_id = a.account_id
order by a.position, a.account_id
