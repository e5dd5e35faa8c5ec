-- title: Ensure IAM password policy has strong configurations
-- kind: control
-- severity: medium
-- tags: passwords, fsbp:IAM.7, config:iam-password-policy
-- param: length integer = 8             # Minimum password length
-- param: reuse integer = 0              # Number of previous passwords that users cannot reuse; 0 for no requirement
-- param: days integer = 0               # Maximum number of days before a password expires; 0 for no requirement
-- remediation: aws iam get-account-password-policy
-- remediation: # The next command replaces every setting of the policy: keep the stricter values that the policy has.
-- remediation: aws iam update-account-password-policy --minimum-password-length {length} --require-uppercase-characters --require-lowercase-characters --require-numbers --require-symbols --allow-users-to-change-password --password-reuse-prevention 24
--
-- The password policy must require uppercase and lowercase letters, numbers, symbols and a minimum length. As in
-- Security Hub, password reuse and expiration are evaluated only with `reuse` and `days`. Correct the settings that the
-- row lists.

select r.*
from password_policy_results($length, $reuse, $days, true) as r
order by account_position(r.account_id), r.account_id
