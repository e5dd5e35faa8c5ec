-- title: Ensure a support role has been created to manage incidents with AWS Support
-- kind: control
-- severity: low
-- tags: roles, support, cis_v1.2:1.20, cis_v3.0:1.17, cis_v7.0:2.15, security_hub:IAM.18
-- remediation: aws iam create-role --role-name SupportAccess --assume-role-policy-document file://trust-policy.json
-- remediation: aws iam attach-role-policy --role-name SupportAccess --policy-arn arn:{partition}:iam::aws:policy/AWSSupportAccess
--
-- In an incident, a responder must be able to contact AWS Support without the help of an administrator. Create a role
-- with AWSSupportAccess. The Powerpipe control has no row for an account whose roles have other policies only; here the
-- account is an alarm.

select r.*
from attached_role_results('AWSSupportAccess') as r
order by account_position(r.account_id), r.account_id
