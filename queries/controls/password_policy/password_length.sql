-- title: Ensure IAM password policy requires minimum length of 14 or greater
-- kind: control
-- severity: medium
-- tags: passwords, cis_v1.2:1.9, cis_v3.0:1.8, cis_v7.0:2.8, security_hub:IAM.15
-- param: length integer = 14            # Minimum password length
-- remediation: aws iam get-account-password-policy
-- remediation: # The next command replaces every setting of the policy: keep the stricter values that the policy has.
-- remediation: aws iam update-account-password-policy --minimum-password-length {length} --require-uppercase-characters --require-lowercase-characters --require-numbers --require-symbols --allow-users-to-change-password --password-reuse-prevention 24
--
-- Longer passwords are harder to guess. Set the minimum length in the password policy. Existing passwords stay valid
-- until they are changed.

select
    a.arn as resource,
    unnest(case
        when p.account_id is null then alarm('The account has no custom password policy.')
        when p.minimum_password_length is null then unknown('the minimum password length could not be read.')
        else alarm_if(p.minimum_password_length < $length, concat(
            'The password policy requires ', p.minimum_password_length, ' or more characters; it must require ', $length,
            ' or more.'
        ))
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join aws_iam_account_password_policy as p on p.account_id = a.account_id
order by a.position, a.account_id
