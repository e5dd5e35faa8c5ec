-- title: Services act for this account alone
-- kind: control
-- severity: medium
-- version: 1
-- tags: roles, trust, confused-deputy
-- param: own text = 'ec2.amazonaws.com, lambda.amazonaws.com, edgelambda.amazonaws.com' # Services that take only roles of the account they work in
--
-- A service works for every account. Where a role trusts one without saying for whose sake, another account may have
-- the service use the role, if it knows its name. Add aws:SourceAccount, aws:SourceArn, aws:SourceOrgID or
-- aws:SourceOrgPaths. Some services take only roles of the account that they work in: those of the parameter `own` make
-- no alarm. Only roles that trust a service have a row. Service-linked roles and those of Identity Center have no row:
-- nobody changes their trust.

with trusts as (
    select
        r.account_id,
        r.arn,
        d.document_id
    from aws_iam_role as r
    left join aws_iam_document as d on d.account_id = r.account_id and d.owner_arn = r.arn and d.source = 'trust'
    where
        coalesce(r.path, '/') not like '/aws-service-role/%'
        and coalesce(r.path, '/') not like '/aws-reserved/sso.amazonaws.com/%'
),

own as (
    select distinct lower(trim(w.word)) as name
    from (select unnest(string_split($own, ',')) as word) as w
),

spoken as (
    select
        t.account_id,
        t.arn,
        s.conditions,
        unnest(s.principals) as who
    from trusts as t
    join aws_iam_statement as s on s.document_id = t.document_id
    where s.effect = 'Allow' and iam_lets_in(s.action_likes, s.actions is not null)
),

served as (
    select
        p.account_id,
        p.arn,
        case
            when n.name is null and len(iam_held_by(
                p.conditions, ['aws:sourceaccount', 'aws:sourcearn', 'aws:sourceorgid', 'aws:sourceorgpaths']
            )) = 0
                then p.who."value"
        end as open_to
    from spoken as p
    left join own as n on n.name = lower(p.who."value")
    where p.who."type" = 'Service'
),

found as (
    select
        e.account_id,
        e.arn,
        string_agg(distinct e.open_to, ', ' order by e.open_to) as open_to
    from served as e
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
        when f.open_to is not null then concat('The role trusts ', f.open_to, ' for whichever account it acts.')
        else 'The services that the role trusts act for this account, or for those that it names.'
    end as reason,
    t.account_id as account_id,
    'global' as region
from trusts as t
left join found as f on f.account_id = t.account_id and f.arn = t.arn
left join iamsql.accounts as a on a.account_id = t.account_id
where t.document_id is null or f.arn is not null
order by a.position, t.arn
