-- title: Ensure the account has a custom IAM password policy
-- kind: control
-- severity: medium
-- tags: passwords
-- remediation: aws iam update-account-password-policy --minimum-password-length 14 --require-uppercase-characters --require-lowercase-characters --require-numbers --require-symbols --allow-users-to-change-password --password-reuse-prevention 24
--
-- The default password policy requires eight characters of three types, and neither expiration nor a password history.
-- Set a custom policy in every account, even in accounts without IAM users. The policy applies only to IAM users, not
-- to the root user or to users of IAM Identity Center.

select
    a.arn as resource,
    unnest(case
        when p.account_id is null then alarm('The account has no custom password policy.')
        else ok('The account has a custom password policy.')
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join aws_iam_account_password_policy as p on p.account_id = a.account_id
order by a.position, a.account_id
