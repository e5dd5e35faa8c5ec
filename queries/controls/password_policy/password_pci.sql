-- title: Ensure IAM password policy meets the requirements of PCI DSS
-- kind: control
-- severity: medium
-- version: 1
-- tags: passwords, pci, security_hub:IAM.10
-- param: length integer = 7             # The least length
-- param: reuse integer = 4              # Earlier passwords that must be refused
-- param: days integer = 90              # The most days that a password may hold; 0 asks for no end
--
-- PCI DSS 3.2.1: letters and digits, seven characters, the last four passwords refused and an end after 90 days.
-- Version 4 asks for twelve characters: give length.

select r.* exclude (position)
from password_policy_results($length, $reuse, $days, false) as r
order by r.position, r.account_id
