-- title: Ensure roles for OpenID Connect providers do not allow a wildcard subject
-- kind: control
-- severity: high
-- tags: roles, trust, federation, oidc
-- remediation: aws iam get-role --role-name {resource:name}
-- remediation: # In trust-policy.json, replace the wildcard in PROVIDER:sub with the name of a repository, project or namespace.
-- remediation: aws iam update-assume-role-policy --role-name {resource:name} --policy-document file://trust-policy.json
--
-- The subject `repo:acme/*` matches every repository of an organization, including repositories that are created later,
-- and `repo:*` matches all repositories. Specify the repository, project or namespace. A wildcard in the rest of the
-- subject, such as the branch or environment, passes. Only roles with a condition on the subject are evaluated;
-- `trust_oidc_subject` evaluates the others. Service-linked roles and roles of IAM Identity Center are not evaluated.

with subjects as (
    select
        l.account_id, l.arn,
        unnest(flatten([
            [
                -- Only the StringLike operators match wildcards.
                case when condition_.operator = 'stringlike' then value_ else replace(replace(value_, '*', ''), '?', '') end
                for value_ in condition_."values"
            ]
            for condition_ in l.conditions
            if condition_.key = l.provider || ':sub' and condition_.operator like 'string%'
            and not contains(condition_.operator, 'not')
        ])) as subject
    from oidc_logins() as l
    where l."value" like '%:oidc-provider/%'
)

select r.* exclude (position)
from role_trust_results(
    'The role accepts tokens with a wildcard subject: {}.', 'The role specifies the repository, project or namespace.',
    (
        select list({
            'account_id': s.account_id, 'arn': s.arn,
            'open_to': case
                when not regexp_full_match(
                    s.subject,
                    '[^*?]*|(repo|project_path):[^*?:/]+/[^*?:]+:.*|system:serviceaccount:[^*?:]+:.*'
                    || '|organization:[^*?:]+:project:[^*?:]+:.*'
                )
                    then s.subject
            end
        })
        from subjects as s
    )
) as r
order by r.position, r.resource
