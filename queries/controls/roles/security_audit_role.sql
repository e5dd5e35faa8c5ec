-- title: Ensure a role for security audits has been created
-- kind: control
-- severity: low
-- version: 1
-- tags: roles, audit
--
-- Auditors need to see how an account is set up, without reading its data. Make a role with SecurityAudit. The public
-- control of this subject gives no row for an account without such a role; here that is an alarm.

select r.* exclude (position)
from attached_role_results('SecurityAudit') as r
order by r.position, r.account_id
