-- title: Ensure a support role has been created to manage incidents with AWS Support
-- kind: control
-- severity: low
-- version: 1
-- tags: roles, support, cis_v1.2:1.20, cis_v3.0:1.17, cis_v7.0:2.15, security_hub:IAM.18
--
-- In an incident somebody has to reach AWS Support at once, without asking an administrator first. Make a role with
-- AWSSupportAccess. The public control of this subject gives no row for an account whose roles have policies but none
-- of them this one; here that is an alarm.

select r.* exclude (position)
from attached_role_results('AWSSupportAccess') as r
order by r.position, r.account_id
