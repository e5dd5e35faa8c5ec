-- title: Principals that may assume several roles
-- kind: report
-- severity: info
-- tags: permissions, trust, organizations
-- columns: role, principal, principal_type, verdict, reason
-- param: roles roles                     # A JSON list of roles: their ARNs, role/NAME or unique names
-- param: include_denied boolean = false  # Include denied principals, with the reason
-- positional: roles
-- remediation: iamsql query can --arg principal={principal} --arg action=sts:AssumeRole --arg resource={role}
-- remediation: aws iam get-role --role-name {role:name}
-- remediation: aws iam update-assume-role-policy --role-name {role:name} --policy-document file://trust-policy.json
--
-- Returns the rows of `who_can_assume` for many roles at once. In SQL the parameter is a list, as JSON or of texts:
-- `from who_can_assume_all(roles := (select list(arn) from aws_iam_role where name = 'audit'))`. A list of roles takes
-- little longer than one role, while each further call of `who_can_assume` in a statement takes as long as the first.
-- To exclude a principal, change the trust policy of the role.

select
    v.principal, v.role, v.verdict, v.reason, v.not_considered, v.account_id, iam_caller_text(v.principal) as principal_type, v.action
from iam_assume_role_verdicts(from_json($roles, '["VARCHAR"]'), $include_denied) as v
order by
    v.role, case v.verdict when 'allowed' then 1 when 'conditional' then 2 when 'unknown' then 3 else 4 end,
    v.account_id nulls last, v.principal, v.action
