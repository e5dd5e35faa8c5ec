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

with own as (
    select distinct lower(trim(w.word)) as name
    from (select unnest(string_split($own, ',')) as word) as w
),

served as (
    select
        p.account_id,
        p.arn,
        case
            when n.name is null and len(iam_held_by(
                s.conditions, ['aws:sourceaccount', 'aws:sourcearn', 'aws:sourceorgid', 'aws:sourceorgpaths']
            )) = 0
                then p."value"
        end as open_to
    from iam_trusted() as p
    inner join aws_iam_statement as s on s.document_id = p.document_id and s.number = p.number
    left join own as n on n.name = lower(p."value")
    where p.kind = 'Service'
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
from iam_trusts() as t
left join found as f on f.account_id = t.account_id and f.arn = t.arn
left join iamsql.accounts as a on a.account_id = t.account_id
where t.document_id is null or f.arn is not null
order by a.position, t.arn
