-- title: Ensure IAM password policy expires passwords within 90 days or less
-- kind: control
-- severity: low
-- tags: passwords, cis_v1.2:1.11, security_hub:IAM.17
-- param: days integer = 90              # Maximum number of days before a password expires
-- remediation: aws iam get-account-password-policy
-- remediation: # The next command replaces every setting of the policy: keep the stricter values that the policy has.
-- remediation: aws iam update-account-password-policy --minimum-password-length 14 --require-uppercase-characters --require-lowercase-characters --require-numbers --require-symbols --allow-users-to-change-password --password-reuse-prevention 24 --max-password-age {days}
--
-- Some standards require password expiration. NIST advises against it since 2017, and CIS removed the recommendation
-- after version 1.2. If a standard applies to you, set the maximum password age in the password policy.

select
    a.arn as resource,
    unnest(case
        when p.account_id is null then alarm('The account has no custom password policy.')
        when coalesce(p.max_password_age, 0) = 0 then alarm('Passwords do not expire.')
        else alarm_if(
            p.max_password_age > $days,
            concat('Passwords expire after ', in_days(p.max_password_age), '; the maximum is ', in_days($days), '.')
        )
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join aws_iam_account_password_policy as p on p.account_id = a.account_id
order by a.position, a.account_id
