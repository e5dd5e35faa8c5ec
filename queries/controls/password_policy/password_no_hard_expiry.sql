-- title: Ensure IAM password policy does not prevent users from resetting an expired password
-- kind: control
-- severity: low
-- tags: passwords
-- remediation: aws iam get-account-password-policy
-- remediation: # The next command replaces every setting of the policy: keep the stricter values that the policy has.
-- remediation: aws iam update-account-password-policy --minimum-password-length 14 --require-uppercase-characters --require-lowercase-characters --require-numbers --require-symbols --allow-users-to-change-password --password-reuse-prevention 24 --no-hard-expiry
--
-- With hard expiry, a user with an expired password cannot sign in until an administrator sets a new password. If the
-- last administrator is locked out, only the root user has access. Allow users to reset an expired password.

select
    a.arn as resource,
    unnest(case
        when p.account_id is null then ok('The account has no custom password policy, and passwords do not expire.')
        when p.hard_expiry then alarm('Only an administrator can reset an expired password.')
        else ok('Users can reset an expired password when they sign in.')
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join aws_iam_account_password_policy as p on p.account_id = a.account_id
order by a.position, a.account_id
