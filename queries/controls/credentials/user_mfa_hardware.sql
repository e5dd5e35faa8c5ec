-- title: Ensure hardware MFA or a passkey is enabled for all IAM users
-- kind: control
-- severity: low
-- tags: mfa, users
-- remediation: # In the console of account {account_id}, the user registers a passkey or security key. No command registers one.
-- remediation: aws iam list-mfa-devices --user-name {user_name}
-- remediation: # When the user has signed in with the new device: aws iam deactivate-mfa-device --user-name {user_name} --serial-number SERIAL_NUMBER
--
-- Codes of a virtual MFA device can be phished; security keys and passkeys are bound to the address of the sign-in
-- page. Register a security key or passkey and remove the virtual device. AWS lists only virtual devices: a user with
-- MFA and without a virtual device counts as a user with hardware MFA or a passkey. Users without MFA are skipped.

with virtual_devices as (
    select distinct d.account_id, d.user_name
    from aws_iam_virtual_mfa_device as d
    where d.user_name is not null
)

select
    u.arn as resource,
    unnest(case
        when u.mfa_enabled is null then unknown('the MFA devices of the user could not be read.')
        when not u.mfa_enabled then skip('The user has no MFA.')
        when d.account_id is not null then alarm('The user has a virtual MFA device.')
        else ok('The user has MFA and no virtual MFA device.')
    end),
    u.account_id, 'global' as region, u.name as user_name
from aws_iam_user as u
left join virtual_devices as d on d.account_id = u.account_id and d.user_name = u.name
order by account_position(u.account_id), u.arn
