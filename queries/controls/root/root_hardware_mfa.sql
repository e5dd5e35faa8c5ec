-- title: Ensure hardware MFA is enabled for the root user
-- kind: control
-- severity: high
-- tags: root, mfa, cis_v1.2:1.14, cis_v3.0:1.6, cis_v7.0:2.6, fsbp:IAM.6, config:root-account-hardware-mfa-enabled
-- remediation: # In the console of account {account_id}, as the root user: register a security key or hardware token, then remove the virtual device.
-- remediation: # In a member account, delete the root credentials instead: iamsql check root_member_credentials --fix
--
-- The secret of a virtual MFA device can be copied, and is lost with the phone. Register a security key or hardware
-- token and remove the virtual device, which is enough to sign in. AWS lists only virtual devices: a root user with MFA
-- and without a virtual device counts as a root user with hardware MFA, as does one with a passkey.

with virtual_devices as (
    select distinct d.account_id
    from aws_iam_virtual_mfa_device as d
    where d."user" ->> '$.Arn' like '%:root'
)

select
    a.root_arn as resource,
    unnest(case
        when s.account_mfa_enabled is null then unknown('the account summary was not read.')
        when s.account_mfa_enabled and d.account_id is null then ok('The root user has MFA and no virtual MFA device.')
        when not s.account_password_present and s.account_access_keys_present = 0
            then skip('The root user has no password and no access key.')
        when s.account_mfa_enabled then alarm('The root user has a virtual MFA device.')
        else alarm('The root user has no MFA.')
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join aws_iam_account_summary as s on s.account_id = a.account_id
left join virtual_devices as d on d.account_id = a.account_id
order by a.position, a.account_id
