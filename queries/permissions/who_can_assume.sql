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
    j.principal, j.resource as role, j.verdict, j.reason, j.not_considered, j.account_id, iam_caller_text(j.principal) as principal_type,
    j.action
from iam_principal_evaluation(
    [
        {'action': action_, 'resource': $role}
        for action_ in ['sts:AssumeRole', 'sts:AssumeRoleWithSAML', 'sts:AssumeRoleWithWebIdentity']
    ],
    null, $include_denied, false, (select list(r.item) from iam_known_resources([$role]) as r)
) as j
where
    j.principal <> j.resource
    and j.action = case
        when iam_caller_type(j.principal) = 'Anonymous' then j.action
        when iam_caller_type(j.principal) <> 'Federated' then 'sts:AssumeRole'
        when contains(j.principal, ':saml-provider/') then 'sts:AssumeRoleWithSAML'
        else 'sts:AssumeRoleWithWebIdentity'
    end
    and ($include_denied or j.verdict <> 'denied')
order by
    case j.verdict when 'allowed' then 1 when 'conditional' then 2 when 'unknown' then 3 else 4 end, j.account_id nulls last,
    j.principal, j.action
