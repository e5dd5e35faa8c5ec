-- title: Ensure MFA is enabled for administrators that have a console password
-- kind: control
-- severity: critical
-- version: 1
-- tags: permissions, admins, mfa
--
-- The password of an administrator is the key to the account. Whoever may do everything, by policies of its own or of a
-- group, and has a console password must have an MFA device. Administrators without a password make a `skip` row. Where
-- the service control policies were not read, a user whom they alone hold back counts as an administrator; a user who may be
-- one by a policy that was not read makes an `error` row.

select
    u.arn as resource,
    unnest(case
        when u.password_enabled is null then unknown('whether the administrator has a password could not be read.')
        when not u.password_enabled then skip('The administrator has no password.')
        when u.mfa_enabled is null then unknown('the administrator''s MFA devices could not be read.')
        when u.mfa_enabled then ok('The administrator has a password and MFA.')
        when d.as_read = 'blocked' then unknown(concat(
            'the user has a password and no MFA, and may be an administrator; not read: ',
            array_to_string(d.missing, ', '), '.'
        ))
        else alarm('The administrator has a password and no MFA.')
    end),
    u.account_id, 'global' as region, u.name as user_name
from iam_admins() as d
inner join aws_iam_user as u on u.arn = d.principal
left join iamsql.accounts as a on a.account_id = u.account_id
order by a.position, u.arn
