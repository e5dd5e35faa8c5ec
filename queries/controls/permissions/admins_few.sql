-- title: Ensure the number of administrators is limited
-- kind: control
-- severity: medium
-- tags: permissions, admins
-- param: max_admins integer = 2  # Maximum number of administrator users in an account
-- remediation: iamsql query admins
-- remediation: aws iam list-entities-for-policy --policy-arn arn:{partition}:iam::aws:policy/AdministratorAccess
-- remediation: aws iam detach-user-policy --user-name USER_NAME --policy-arn arn:{partition}:iam::aws:policy/AdministratorAccess
--
-- The credentials of each administrator give full access to the account. Two administrators are enough for emergencies;
-- use roles with fewer permissions for other work. The control counts users with full privileges from their own
-- policies or the policies of their groups. `admins` lists them, and the principals that can become administrators.

with admins as (
    select
        u.account_id,
        count(*) filter (where a.as_read <> 'denied') as users,
        count(*) filter (where a.as_read = 'denied') as unknown_users,
        string_agg(u.name, ', ' order by u.name) filter (where a.as_read <> 'denied') as names
    from iam_admins() as a
    inner join aws_iam_user as u on u.arn = a.principal
    group by u.account_id
)

select
    a.arn as resource,
    unnest(case
        when coalesce(d.users, 0) <= $max_admins and d.users + d.unknown_users > $max_admins then unknown(concat(
            pluralize(d.users, 'user is an administrator', 'users are administrators'), ' and ', d.unknown_users,
            ' more may be, by policies that were not read; the maximum is ', $max_admins, '.'
        ))
        else alarm_if(coalesce(d.users, 0) > $max_admins, concat(
            'The account has ', pluralize(coalesce(d.users, 0), 'administrator', 'administrators'),
            case when d.users > 0 then concat(' (', d.names, ')') end, '; the maximum is ', $max_admins, '.'
        ))
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join admins as d on d.account_id = a.account_id
order by a.position, a.account_id
