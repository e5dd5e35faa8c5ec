-- title: Ensure roles for OpenID Connect providers restrict the subject
-- kind: control
-- severity: critical
-- tags: roles, trust, federation, oidc
-- remediation: aws iam get-role --role-name {resource:name}
-- remediation: # In trust-policy.json, add the condition StringEquals PROVIDER:sub with the subject of the tokens.
-- remediation: aws iam update-assume-role-policy --role-name {resource:name} --policy-document file://trust-policy.json
--
-- A provider such as GitHub issues tokens to every user. Without a condition on the subject (PROVIDER:sub), the role
-- accepts the tokens of all repositories, projects and service accounts. Add the condition; for GitHub, a condition on
-- repository, repository_id or job_workflow_ref also passes. Only roles that trust such a provider are evaluated,
-- except service-linked roles and roles of IAM Identity Center.

select r.* exclude (position)
from role_trust_results(
    'The role accepts tokens of {} without a condition on the subject.', 'The role restricts the subject of tokens.',
    (
        select list({
            'account_id': l.account_id, 'arn': l.arn,
            'open_to': case
                when len(iam_restricting_keys(l.conditions, [
                    l.provider || ':sub', l.provider || ':repository', l.provider || ':repository_id',
                    l.provider || ':job_workflow_ref'
                ])) = 0
                    then l.provider
            end
        })
        from oidc_logins() as l
        where l."value" like '%:oidc-provider/%'
    )
) as r
order by r.position, r.resource
