-- title: Ensure IAM password policy prevents the reuse of the last 24 passwords
-- kind: control
-- severity: low
-- tags: passwords, cis_v1.2:1.10, cis_v3.0:1.9, cis_v7.0:2.9, security_hub:IAM.16
-- param: count integer = 24             # Number of previous passwords that users cannot reuse
-- remediation: aws iam get-account-password-policy
-- remediation: # The next command replaces every setting of the policy: keep the stricter values that the policy has.
-- remediation: aws iam update-account-password-policy --minimum-password-length 14 --require-uppercase-characters --require-lowercase-characters --require-numbers --require-symbols --allow-users-to-change-password --password-reuse-prevention {count}
--
-- Users who must change a password often return to a previous one, which may have been stolen. Set the number of
-- passwords to remember in the password policy.

select
    a.arn as resource,
    unnest(case
        when p.account_id is null then alarm('The account has no custom password policy.')
        else alarm_if(coalesce(p.password_reuse_prevention, 0) < $count, concat(
            'The password policy remembers ',
            pluralize(coalesce(p.password_reuse_prevention, 0), 'password', 'passwords'),
            '; it must remember ', $count, ' or more.'
        ))
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join aws_iam_account_password_policy as p on p.account_id = a.account_id
order by a.position, a.account_id
