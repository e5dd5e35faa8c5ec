-- title: Ensure IAM password policy allows users to change their own password
-- kind: control
-- severity: low
-- tags: passwords
-- remediation: aws iam get-account-password-policy
-- remediation: # The next command replaces every setting of the policy: keep the stricter values that the policy has.
-- remediation: aws iam update-account-password-policy --minimum-password-length 14 --require-uppercase-characters --require-lowercase-characters --require-numbers --require-symbols --allow-users-to-change-password --password-reuse-prevention 24
--
-- A user who cannot change a password shares it with the administrator who set it, and cannot replace it after a leak.
-- Allow users to change their own password. Without a custom password policy, users need the iam:ChangePassword
-- permission.

select
    a.arn as resource,
    unnest(password_rule(p.account_id, p.allow_users_to_change_password, 'allow', 'users to change their own password')),
    a.account_id, 'global' as region
from read_accounts() as a
left join aws_iam_account_password_policy as p on p.account_id = a.account_id
order by a.position, a.account_id
