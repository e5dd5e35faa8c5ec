-- title: Which users and roles may assume a role?
-- kind: report
-- severity: info
-- version: 1
-- tags: permissions, trust, organizations
-- param: role text                           # The role's ARN
-- param: everyone boolean = false            # Show also those who may not, with the reason
--
-- Both sides are evaluated, across accounts: the role's trust policy, and what the principal's own policies, boundary and
-- service control policies say of sts:AssumeRole on the role. Where the trust policy names a user or role of the role's own
-- account, or everyone, the policies of that principal need not allow it. The verdicts are those of `can`.
--
-- A trust policy that names a session of a role lets in the sessions of that name: the role is `conditional`. One that names a
-- user with a permissions boundary that does not allow the call is `conditional` too, as the IAM User Guide says in one place
-- that the boundary does not limit what a resource-based policy grants to a user, and in another that it does. Services,
-- federated users and root users are not among the principals (`trust_graph` has them), nor does a role assume itself.

select j.principal, j.resource as role, j.verdict, j.why, j.not_considered, j.account_id
from iam_principal_evaluation([{'action': 'sts:AssumeRole', 'resource': $role}], null, $everyone, true, false) as j
where
    j.principal <> j.resource
    and ($everyone or j.verdict <> 'blocked')
order by case j.verdict when 'certain' then 1 when 'conditional' then 2 when 'unknown' then 3 else 4 end, j.account_id, j.principal
