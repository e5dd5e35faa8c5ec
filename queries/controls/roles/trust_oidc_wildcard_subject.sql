-- title: Roles for OpenID Connect name one project
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

with logins as (
    select
        p.account_id,
        p.arn,
        s.conditions,
        regexp_replace(lower(p."value"), '^arn:.*:oidc-provider/', '') as provider
    from iam_trusted() as p
    inner join aws_iam_statement as s on s.document_id = p.document_id and s.number = p.number
    where p.kind = 'Federated' and p."value" like '%:oidc-provider/%'
),

subjects as (
    select
        g.account_id,
        g.arn,
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
    from logins as g
),

judged as (
    select
        j.account_id,
        j.arn,
        case
            when not regexp_full_match(
                j.subject,
                '[^*?]*|(repo|project_path):[^*?:/]+/[^*?:]+:.*|system:serviceaccount:[^*?:]+:.*'
                || '|organization:[^*?:]+:project:[^*?:]+:.*'
            )
                then j.subject
        end as open_to
    from subjects as j
),

found as (
    select
        e.account_id,
        e.arn,
        string_agg(distinct e.open_to, ', ' order by e.open_to) as open_to
    from judged as e
    group by e.account_id, e.arn
)

select
    t.arn as resource,
    case
        when t.document_id is null then 'error'
        when f.open_to is not null then 'alarm'
        else 'ok'
    end as status,
    case
        when t.document_id is null then 'Unknown: the trust of the role was not read.'
        when f.open_to is not null then concat('The role takes every subject like ', f.open_to, '.')
        else 'The role names the project, repository or namespace that it takes.'
    end as reason,
    t.account_id as account_id,
    'global' as region
from iam_trusts() as t
left join found as f on f.account_id = t.account_id and f.arn = t.arn
left join iamsql.accounts as a on a.account_id = t.account_id
where t.document_id is null or f.arn is not null
order by a.position, t.arn
