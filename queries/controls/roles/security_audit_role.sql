-- title: Ensure a role for security audits has been created
-- kind: control
-- severity: low
-- tags: roles, audit
-- remediation: aws iam create-role --role-name SecurityAudit --assume-role-policy-document file://trust-policy.json
-- remediation: aws iam attach-role-policy --role-name SecurityAudit --policy-arn arn:{partition}:iam::aws:policy/SecurityAudit
--
-- Auditors need access to the settings of an account, and not to its data. Create a role with SecurityAudit. The
-- Powerpipe control has no row for an account without such a role; here, such an account is an alarm.

select r.*
from attached_role_results('SecurityAudit') as r
order by account_position(r.account_id), r.account_id
