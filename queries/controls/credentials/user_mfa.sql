-- title: Ensure MFA is enabled for all IAM users
-- kind: control
-- severity: medium
-- tags: mfa, users, security_hub:IAM.19, config:iam-user-mfa-enabled
-- remediation: # For an application, use a role instead of the user. For a person:
-- remediation: aws iam create-virtual-mfa-device --virtual-mfa-device-name {user_name} --outfile mfa.png --bootstrap-method QRCodePNG
-- remediation: aws iam enable-mfa-device --user-name {user_name} --serial-number SERIAL_NUMBER --authentication-code1 CODE1 --authentication-code2 CODE2
--
-- Policies can require MFA for requests with access keys, and a user without a password can get one at any time. Enable
-- an MFA device for each user. `user_console_mfa` evaluates only users with a password. The Powerpipe control includes
-- the root user; here `root_mfa` evaluates it.

select
    u.arn as resource,
    unnest(case
        when u.mfa_enabled is null then unknown('the MFA devices of the user could not be read.')
        when u.mfa_enabled then ok('The user has MFA.')
        else alarm('The user has no MFA.')
    end),
    u.account_id, 'global' as region, u.name as user_name
from aws_iam_user as u
order by account_position(u.account_id), u.arn
