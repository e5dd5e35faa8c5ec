-- title: Ensure IAM password policy meets the requirements of PCI DSS
-- kind: control
-- severity: medium
-- tags: passwords, pci, security_hub:IAM.10
-- param: length integer = 7             # Minimum password length
-- param: reuse integer = 4              # Number of previous passwords that users cannot reuse
-- param: days integer = 90              # Maximum number of days before a password expires; 0 for no expiration
-- remediation: aws iam get-account-password-policy
-- remediation: # The next command replaces every setting of the policy: keep the stricter values that the policy has.
-- remediation: aws iam update-account-password-policy --minimum-password-length {length} --require-uppercase-characters --require-lowercase-characters --require-numbers --require-symbols --allow-users-to-change-password --password-reuse-prevention {reuse} --max-password-age {days}
--
-- PCI DSS 3.2.1 requires letters and numbers, at least seven characters, no reuse of the last four passwords, and a
-- change every 90 days. PCI DSS 4.0 requires at least twelve characters: set `length` to 12.

select r.*
from password_policy_results($length, $reuse, $days, false) as r
order by account_position(r.account_id), r.account_id
