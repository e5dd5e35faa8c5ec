-- title: Administrators who sign in have MFA
-- kind: control
-- severity: critical
-- version: 1
-- tags: permissions, admins, mfa
--
-- The password of an administrator is the key to the account. Whoever may do everything, by policies of its own or of a
-- group, and has a console password must have an MFA device. Users who are administrators without a password are `skip`.

select
    u.arn as resource,
    case
        when u.password_enabled is null or u.mfa_enabled is null then 'error'
        when not u.password_enabled then 'skip'
        when u.mfa_enabled then 'ok'
        else 'alarm'
    end as status,
    case
        when u.password_enabled is null then concat('Unknown: whether ', u.name, ' has a password was not read.')
        when not u.password_enabled then concat(u.name, ' is an administrator without a password.')
        when u.mfa_enabled is null then concat('Unknown: the devices of ', u.name, ' were not read.')
        when u.mfa_enabled then concat(u.name, ' is an administrator with MFA.')
        else concat(u.name, ' is an administrator with a password and no MFA.')
    end as reason,
    u.account_id as account_id,
    'global' as region
from iam_admins() as d
inner join aws_iam_user as u on u.arn = d.principal
left join iamsql.accounts as a on a.account_id = u.account_id
order by a.position, u.arn
