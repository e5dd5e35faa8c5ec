-- title: Ensure IAM password policy requires at least one number
-- kind: control
-- severity: low
-- tags: passwords, cis_v1.2:1.8, security_hub:IAM.14
-- remediation: aws iam get-account-password-policy
-- remediation: # The next command replaces every setting of the policy: keep the stricter values that the policy has.
-- remediation: aws iam update-account-password-policy --minimum-password-length 14 --require-uppercase-characters --require-lowercase-characters --require-numbers --require-symbols --allow-users-to-change-password --password-reuse-prevention 24
--
-- A larger set of characters makes passwords harder to guess. Require numbers in the password policy.

select
    a.arn as resource,
    unnest(password_rule(p.account_id, p.require_numbers, 'require', 'a number')),
    a.account_id, 'global' as region
from read_accounts() as a
left join aws_iam_account_password_policy as p on p.account_id = a.account_id
order by a.position, a.account_id
