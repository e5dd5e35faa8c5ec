-- title: Ensure MFA is enabled for the root user
-- kind: control
-- severity: critical
-- tags: root, mfa, cis_v1.2:1.13, cis_v3.0:1.5, cis_v7.0:2.5, security_hub:IAM.9, config:root-account-mfa-enabled
-- remediation: # In the console of account {account_id}, as the root user: Security credentials, Assign MFA device.
-- remediation: # In a member account, delete the root credentials instead: iamsql check root_member_credentials --fix
--
-- Anyone who knows the root password, or can read the email that resets it, has full access to the account. Enable an
-- MFA device, and store it in a safe place; in member accounts, delete the root credentials instead. A root user
-- without a password and access keys is skipped.

select
    a.root_arn as resource,
    unnest(case
        when s.account_mfa_enabled then ok('The root user has MFA.')
        when s.account_mfa_enabled is null then unknown('the account summary was not read.')
        when not s.account_password_present and s.account_access_keys_present = 0
            then skip('The root user has no password and no access key.')
        else alarm('The root user has no MFA.')
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join aws_iam_account_summary as s on s.account_id = a.account_id
order by a.position, a.account_id
