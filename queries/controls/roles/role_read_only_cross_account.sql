-- title: No outside account reads everything
-- kind: control
-- severity: medium
-- version: 1
-- tags: roles, trust, data, third-party
-- param: inside boolean = false      # Whether accounts of the organization count too
--
-- AWS's ReadOnlyAccess reads data, not only settings: objects, tables, messages. A scanner that checks settings is well
-- served by SecurityAudit or ViewOnlyAccess. Only roles that have ReadOnlyAccess have a row; the public control of this
-- subject lists all other roles as skipped, has a row for each principal that it finds, and counts accounts of the
-- organization as strangers: `inside = true` counts them here. Service-linked roles and those of Identity Center have
-- no row: nobody changes their trust.

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

readers as (
    select
        r.account_id,
        r.arn
    from aws_iam_role as r
    where list_contains(
        cast(r.attached_policy_arns as varchar[]),
        concat('arn:', split_part(r.arn, ':', 2), ':iam::aws:policy/ReadOnlyAccess')
    )
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

others as (
    select distinct
        p.account_id,
        p.arn,
        coalesce(iam_account_of(p.who."type", p.who."value"), 'everyone') as other
    from spoken as p
    where
        iam_account_of(p.who."type", p.who."value") <> p.account_id
        or (iam_is_anyone(p.who."type", p.who."value") and len(iam_known_callers(p.conditions)) = 0)
),

organization as (
    select coalesce(
        max(case when c.operation = 'ListAccounts' and c.status = 'ok' then 1 else 0 end) = 1
        or max(case when c.operation = 'DescribeOrganization' and c.status = 'not_applicable' then 1 else 0 end) = 1,
        false
    ) as is_known
    from iamsql.coverage as c
    where c.service = 'organizations' and c.operation in ('ListAccounts', 'DescribeOrganization')
),

placed as (
    select
        x.*,
        case when m.id is not null then 'inside' when o.is_known then 'outside' else 'unknown' end as side
    from others as x
    cross join organization as o
    left join aws_organizations_account as m on m.id = x.other
),

found as (
    select
        e.account_id,
        e.arn,
        sum(case when d.side = 'outside' or d.other = 'everyone' or $inside then 1 else 0 end) as bad,
        sum(case when d.side = 'unknown' then 1 else 0 end) as unknown,
        string_agg(case when d.side <> 'inside' or $inside then d.other end, ', ' order by d.other) as names
    from readers as e
    left join placed as d on d.account_id = e.account_id and d.arn = e.arn
    group by e.account_id, e.arn
)

select
    t.arn as resource,
    case
        when t.document_id is null then 'error'
        when f.names is not null and f.bad > 0 then 'alarm'
        when f.unknown > 0 then 'error'
        else 'ok'
    end as status,
    case
        when t.document_id is null then 'Unknown: the trust of the role was not read.'
        when f.names is not null and f.bad > 0 then concat('ReadOnlyAccess is open to ', f.names, ' by the role.')
        when f.unknown > 0 then concat('Unknown: whether ', f.names, ' is of the organization was not read.')
        else 'The role gives ReadOnlyAccess to no account outside the organization.'
    end as reason,
    t.account_id as account_id,
    'global' as region
from trusts as t
left join found as f on f.account_id = t.account_id and f.arn = t.arn
left join iamsql.accounts as a on a.account_id = t.account_id
where f.arn is not null
order by a.position, t.arn
