-- title: Principals that may assume a role
-- kind: report
-- severity: info
-- tags: permissions, trust, organizations
-- columns: principal, principal_type, verdict, reason
-- param: role role                       # The role: its ARN, role/NAME or unique name
-- param: include_denied boolean = false  # Include denied principals, with the reason
-- positional: role
-- remediation: iamsql query can --arg principal={principal} --arg action=sts:AssumeRole --arg resource={role}
-- remediation: aws iam get-role --role-name {role:name}
-- remediation: aws iam update-assume-role-policy --role-name {role:name} --policy-document file://trust-policy.json
--
-- Returns one row for each principal that may assume a role: users and roles of the run, across accounts, and the other
-- principals in the trust policy: services, identity providers, other accounts (by their IDs), their users and roles,
-- and everyone (`*`). `action` is the call that starts the session: sts:AssumeRole, or for identity providers
-- sts:AssumeRoleWithSAML or sts:AssumeRoleWithWebIdentity.
--
-- Both sides are evaluated: the trust policy of the role, and the policies, permissions boundary and service control
-- policies of the principal for the action on the role. If the trust policy contains a user or role of the account of
-- the role, or everyone, the policies of that principal need not allow the call. The policies of principals outside the
-- run are assumed to allow it. The verdicts are the verdicts of `can`. `who_can_assume_all` answers for many roles at
-- once. To exclude a principal, change the trust policy.
--
-- If the trust policy contains a session of a role, sessions of that name may assume the role: the verdict is
-- `conditional`. It is `conditional` too for a user with a permissions boundary that does not allow the call, because
-- the IAM User Guide says in one place that the boundary does not limit what a resource-based policy grants to a user,
-- and in another that it does. Root users cannot assume roles, and a role does not assume itself.

select
    v.principal, v.role, v.verdict, v.reason, v.not_considered, v.account_id, iam_caller_text(v.principal) as principal_type, v.action
from iam_assume_role_verdicts([$role], $include_denied) as v
order by
    case v.verdict when 'allowed' then 1 when 'conditional' then 2 when 'unknown' then 3 else 4 end, v.account_id nulls last,
    v.principal, v.action
