-- title: Which users and roles may assume a role?
-- kind: report
-- severity: info
-- version: 1
-- tags: permissions, trust, organizations
-- param: role text                           # The role's ARN
-- param: everyone boolean = false            # Show also those who may not, with the reason
--
-- Both sides are weighed, across accounts: the role's trust policy, and what the principal's own policies, boundary and
-- service control policies say of sts:AssumeRole on the role. Where the trust names a user or role of the role's own
-- account, or everyone, that one's policies need not allow it. The verdicts are those of `can`. A role stands for its
-- sessions, whatever their names; services, federated users and root users are not among the principals (`trust_graph`
-- has them), nor does a role assume itself.

select
    j.principal as principal,
    j.resource as role,
    j.verdict as verdict,
    j.why as why,
    j.not_considered as not_considered,
    j.account_id as account_id
from iam_judged([{'action': 'sts:AssumeRole', 'resource': $role}], null, $everyone, true, false) as j
where
    j.principal <> j.resource
    and ($everyone or j.verdict <> 'blocked')
order by case j.verdict when 'certain' then 1 when 'conditional' then 2 else 3 end, j.account_id, j.principal
