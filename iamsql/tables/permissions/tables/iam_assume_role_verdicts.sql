-- Returns whether principals may assume roles: the result of iam_principal_evaluation for each principal and role. `roles` is a list of
-- ARNs. `action` is the call that starts the session: sts:AssumeRole, or the call with a token of an identity provider. With
-- `everyone`, the result has denied principals too.
-- returns: principal VARCHAR, role VARCHAR, verdict VARCHAR, reason VARCHAR, not_considered VARCHAR, account_id VARCHAR, action VARCHAR
create or replace macro iam_assume_role_verdicts(roles, everyone) as table
select j.principal, j.resource as role, j.verdict, j.reason, j.not_considered, j.account_id, j.action
from iam_principal_evaluation(
    (
        select list({'action': a.action, 'resource': r.role} order by r.role, a.action)
        from (select unnest(list_distinct(cast(roles as varchar[]))) as role) as r
        cross join (
            select unnest(['sts:AssumeRole', 'sts:AssumeRoleWithSAML', 'sts:AssumeRoleWithWebIdentity']) as action
        ) as a
    ),
    null, everyone, false, (select list(k.item) from iam_known_resources(cast(roles as varchar[])) as k)
) as j
where
    j.principal <> j.resource
    and j.action = case
        when iam_caller_type(j.principal) = 'Anonymous' then j.action
        when iam_caller_type(j.principal) <> 'Federated' then 'sts:AssumeRole'
        when contains(j.principal, ':saml-provider/') then 'sts:AssumeRoleWithSAML'
        else 'sts:AssumeRoleWithWebIdentity'
    end
    and (everyone or j.verdict <> 'denied');
