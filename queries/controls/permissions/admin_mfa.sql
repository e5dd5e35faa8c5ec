-- title: Ensure MFA is enabled for administrators that have a console password
-- kind: control
-- severity: critical
-- tags: permissions, admins, mfa
-- remediation: aws iam create-virtual-mfa-device --virtual-mfa-device-name {user_name} --outfile mfa.png --bootstrap-method QRCodePNG
-- remediation: aws iam enable-mfa-device --user-name {user_name} --serial-number SERIAL_NUMBER --authentication-code1 CODE1 --authentication-code2 CODE2
-- remediation: # If the user does not need the console: aws iam delete-login-profile --user-name {user_name}
--
-- Anyone who learns the password of an administrator without MFA has full access to the account. Enable an MFA device.
-- Administrators are users with full privileges from their own policies or the policies of their groups; administrators
-- without a password are skipped. If the service control policies were not read, users that only these policies limit
-- count as administrators. The result is an error for a user if an unread policy decides whether the user is an
-- administrator.

select
    u.arn as resource,
    unnest(case
        when u.password_enabled is null then unknown('whether the user has a console password could not be read.')
        when not u.password_enabled then skip('The administrator has no console password.')
        when u.mfa_enabled is null then unknown('the MFA devices of the administrator could not be read.')
        when u.mfa_enabled then ok('The administrator has a console password and MFA.')
        when a.as_read = 'denied' then unknown(concat(
            'the user has a console password and no MFA, and may be an administrator; not read: ',
            array_to_string(a.missing, ', '), '.'
        ))
        else alarm('The administrator has a console password and no MFA.')
    end),
    u.account_id, 'global' as region, u.name as user_name
from iam_admins() as a
inner join aws_iam_user as u on u.arn = a.principal
order by account_position(u.account_id), u.arn
