-- title: Ensure roles for OpenID Connect providers do not allow a wildcard subject
-- kind: control
-- severity: high
-- version: 1
-- tags: roles, trust, federation, oidc
--
-- A subject such as `repo:acme/*` lets in every repository of an organization, also the one that somebody makes
-- tomorrow, and `repo:*` everyone's. Name the repository, project or namespace; what comes after it (branches,
-- environments) may be wild here, which is wide enough: any branch of that repository. Only roles whose trust has a
-- condition on the subject have a row; those without one are for trust_oidc_subject. Service-linked roles and those of
-- Identity Center have no row: nobody changes their trust.

with subjects as (
    select
        g.account_id, g.arn,
        unnest(flatten([
            [
                -- elsewhere than in StringLike a star is a star
                case when condition_.operator = 'stringlike' then value_ else replace(replace(value_, '*', ''), '?', '') end
                for value_ in condition_."values"
            ]
            for condition_ in g.conditions
            if condition_.key = g.provider || ':sub' and condition_.operator like 'string%'
            and not contains(condition_.operator, 'not')
        ])) as subject
    from oidc_logins() as g
    where g."value" like '%:oidc-provider/%'
)

select r.* exclude (position)
from role_trust_results(
    'The role takes every subject like {}.', 'The role names the project, repository or namespace that it takes.',
    (
        select list({
            'account_id': j.account_id, 'arn': j.arn,
            'open_to': case
                when not regexp_full_match(
                    j.subject,
                    '[^*?]*|(repo|project_path):[^*?:/]+/[^*?:]+:.*|system:serviceaccount:[^*?:]+:.*'
                    || '|organization:[^*?:]+:project:[^*?:]+:.*'
                )
                    then j.subject
            end
        })
        from subjects as j
    )
) as r
order by r.position, r.resource
