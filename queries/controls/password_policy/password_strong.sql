-- title: Ensure IAM password policy has strong configurations
-- kind: control
-- severity: medium
-- version: 1
-- tags: passwords, fsbp:IAM.7, config:iam-password-policy
-- param: length integer = 8             # The least length
-- param: reuse integer = 0              # Earlier passwords that must be refused; 0 asks for none
-- param: days integer = 0               # The most days that a password may hold; 0 asks for no end
--
-- All parts of the account's password policy at once: four kinds of characters and a least length; a number of earlier
-- passwords that are refused and an end in days only where they are asked for (0 asks for none, as Security Hub does).

select r.* exclude (position)
from password_policy_results($length, $reuse, $days, true) as r
order by r.position, r.account_id
