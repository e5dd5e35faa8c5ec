-- title: Ensure MFA is enabled for all IAM users that have a console password
-- kind: control
-- severity: high
-- tags: mfa, users, cis_v1.2:1.2, cis_v3.0:1.10, cis_v7.0:2.10, fsbp:IAM.5, config:mfa-enabled-for-iam-console-access
-- remediation: aws iam create-virtual-mfa-device --virtual-mfa-device-name {user_name} --outfile mfa.png --bootstrap-method QRCodePNG
-- remediation: aws iam enable-mfa-device --user-name {user_name} --serial-number SERIAL_NUMBER --authentication-code1 CODE1 --authentication-code2 CODE2
-- remediation: # If the user does not need the console: aws iam delete-login-profile --user-name {user_name}
--
-- A password can be guessed, reused or phished; MFA requires a second factor. Enable an MFA device for the user, or use
-- IAM Identity Center and delete the password. Users without a password are skipped. `users_without_mfa` lists the
-- users with their last sign-in.

select
    u.arn as resource,
    unnest(case
        when u.password_enabled is null then unknown('whether the user has a console password could not be read.')
        when not u.password_enabled then skip('The user has no console password.')
        when u.mfa_enabled is null then unknown('the MFA devices of the user could not be read.')
        when u.mfa_enabled then ok('The user has a console password and MFA.')
        else alarm('The user has a console password and no MFA.')
    end),
    u.account_id, 'global' as region, u.name as user_name
from aws_iam_user as u
order by account_position(u.account_id), u.arn
