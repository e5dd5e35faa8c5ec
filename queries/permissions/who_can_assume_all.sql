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
-- Returns the rows of `who_can_assume` for many roles at once. In SQL the parameter is a list, as JSON or of texts: `from
-- who_can_assume_all(roles := (select list(arn) from aws_iam_role where name = 'audit'))`. A list of roles takes little
-- longer than one role, while each further call of `who_can_assume` in a statement takes as long as the first. To
-- exclude a principal, change the trust policy of the role.

select
    j.principal, j.resource as role, j.verdict, j.reason, j.not_considered, j.account_id, iam_caller_text(j.principal) as principal_type,
    j.action
from iam_principal_evaluation(
    (
        select list({'action': a.action, 'resource': r.role} order by r.role, a.action)
        from (select unnest(list_distinct(from_json($roles, '["VARCHAR"]'))) as role) as r
        cross join (
            select unnest(['sts:AssumeRole', 'sts:AssumeRoleWithSAML', 'sts:AssumeRoleWithWebIdentity']) as action
        ) as a
    ),
    null, $include_denied, false, (select list(r.item) from iam_known_resources(from_json($roles, '["VARCHAR"]')) as r)
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
    j.resource, case j.verdict when 'allowed' then 1 when 'conditional' then 2 when 'unknown' then 3 else 4 end,
    j.account_id nulls last, j.principal, j.action
