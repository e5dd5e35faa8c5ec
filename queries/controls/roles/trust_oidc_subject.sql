-- title: Ensure roles for OpenID Connect providers restrict the subject
-- kind: control
-- severity: critical
-- version: 1
-- tags: roles, trust, federation, oidc
--
-- A provider such as GitHub gives tokens to everyone who asks. A role that does not say by the condition on the token's
-- subject (PROVIDER:sub) which repository, project or service account is meant lets in all of them. For GitHub a
-- condition on repository, repository_id or job_workflow_ref does as well. Only roles that trust such a provider have a
-- row. Service-linked roles and those of Identity Center have no row: nobody changes their trust.

select r.* exclude (position)
from role_trust_results(
    'The role takes any token of {}: no condition on its subject.', 'The role says whose tokens it takes.',
    (
        select list({
            'account_id': g.account_id, 'arn': g.arn,
            'open_to': case
                when len(iam_restricting_keys(g.conditions, [
                    g.provider || ':sub', g.provider || ':repository', g.provider || ':repository_id',
                    g.provider || ':job_workflow_ref'
                ])) = 0
                    then g.provider
            end
        })
        from oidc_logins() as g
        where g."value" like '%:oidc-provider/%'
    )
) as r
order by r.position, r.resource
