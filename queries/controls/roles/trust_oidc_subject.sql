-- title: Roles for OpenID Connect say whose tokens they take
-- kind: control
-- severity: critical
-- version: 1
-- tags: roles, trust, federation, oidc
--
-- A provider such as GitHub gives tokens to everyone who asks. A role that does not say by the condition on the token's
-- subject (PROVIDER:sub) which repository, project or service account is meant lets in all of them. For GitHub a
-- condition on repository, repository_id or job_workflow_ref does as well. Only roles that trust such a provider have a
-- row. Service-linked roles and those of Identity Center have no row: nobody changes their trust.

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

judged as (
    select
        g.account_id,
        g.arn,
        case
            when len(iam_held_by(g.conditions, [
                g.provider || ':sub', g.provider || ':repository', g.provider || ':repository_id',
                g.provider || ':job_workflow_ref'
            ])) = 0
                then g.provider
        end as open_to
    from logins as g
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
        when f.open_to is not null then concat('The role takes any token of ', f.open_to, ': no condition on its subject.')
        else 'The role says whose tokens it takes.'
    end as reason,
    t.account_id as account_id,
    'global' as region
from iam_trusts() as t
left join found as f on f.account_id = t.account_id and f.arn = t.arn
left join iamsql.accounts as a on a.account_id = t.account_id
where t.document_id is null or f.arn is not null
order by a.position, t.arn
