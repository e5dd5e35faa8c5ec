-- title: Users and roles that may assume a role
-- kind: report
-- severity: info
-- tags: permissions, trust, organizations
-- columns: principal, verdict, why
-- param: role text                        # The ARN of the role
-- param: include_blocked boolean = false  # Include blocked principals, with the reason
-- fix: iamsql query can --arg principal={principal} --arg action=sts:AssumeRole --arg resource={role}
-- fix: aws iam get-role --role-name {role:name}
-- fix: aws iam update-assume-role-policy --role-name {role:name} --policy-document file://trust-policy.json
--
-- Returns one row for each user and role that may assume a role, across accounts. Both sides are evaluated: the trust
-- policy of the role, and the policies, permissions boundary and service control policies of the principal for
-- sts:AssumeRole on the role. If the trust policy contains a user or role of the account of the role, or everyone, the
-- policies of that principal need not allow the call. The verdicts are those of `can`. To exclude a principal, change
-- the trust policy of the role.
--
-- If the trust policy contains a session of a role, sessions of that name may assume the role: the verdict is
-- `conditional`. It is `conditional` too for a user with a permissions boundary that does not allow the call, because
-- the IAM User Guide says in one place that the boundary does not limit what a resource-based policy grants to a user,
-- and in another that it does. Services, federated users and root users are not included (`trust_graph` lists them),
-- and a role does not assume itself.

select j.principal, j.resource as role, j.verdict, j.why, j.not_considered, j.account_id
from iam_principal_evaluation([{'action': 'sts:AssumeRole', 'resource': $role}], null, $include_blocked, true, false, null) as j
where
    j.principal <> j.resource
    and ($include_blocked or j.verdict <> 'blocked')
order by case j.verdict when 'certain' then 1 when 'conditional' then 2 when 'unknown' then 3 else 4 end, j.account_id, j.principal
