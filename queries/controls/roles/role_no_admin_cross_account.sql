-- title: No other account has administrators here
-- kind: control
-- severity: high
-- version: 1
-- tags: roles, admin, trust
-- param: inside boolean = false      # Whether accounts of the organization count too
--
-- An administrator role that another account may assume makes that account's weakest user as strong as this account's
-- strongest. By default accounts of the organization may, since Organizations itself works so
-- (OrganizationAccountAccessRole); `inside = true` counts them too. A boundary that does not allow everything makes the
-- role pass. Only roles that trust another account have a row. Service-linked roles and those of Identity Center have
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

admin as (
    select distinct s.document_id
    from aws_iam_statement as s
    where
        s.effect = 'Allow'
        and len(s.conditions) = 0
        and iam_every_action(s.actions)
        and iam_every_resource(s.resources)
),

reaching as (
    select distinct
        l.account_id,
        l.principal_arn as arn,
        l.policy_name
    from aws_iam_principal_policy as l
    left join admin as m on m.document_id = l.document_id
    where
        l.layer = 'identity'
        and l.principal_type = 'role'
        and (m.document_id is not null or l.policy_arn like 'arn:%:iam::aws:policy/AdministratorAccess')
),

bounded as (
    select distinct
        l.account_id,
        l.principal_arn as arn
    from aws_iam_principal_policy as l
    left join admin as m on m.document_id = l.document_id
    where l.layer = 'boundary' and l.document_id is not null and m.document_id is null
),

unread as (
    select distinct
        l.account_id,
        l.principal_arn as arn
    from aws_iam_principal_policy as l
    where
        l.layer = 'identity'
        and l.principal_type = 'role'
        and l.document_id is null
        and l.policy_arn not like 'arn:%:iam::aws:policy/AdministratorAccess'
),

powers as (
    select
        n.account_id,
        n.arn,
        -- without tags the role comes from a list that does not tell its boundary either
        max(case when r.tags_src is null then 1 else 0 end) as unsure,
        string_agg(n.policy_name, ', ' order by n.policy_name) as policies
    from reaching as n
    join aws_iam_role as r on r.account_id = n.account_id and r.arn = n.arn
    left join bounded as b on b.account_id = n.account_id and b.arn = n.arn
    where b.arn is null
    group by n.account_id, n.arn
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
        iam_account_of(p.who."type", p.who."value") as other,
        1 as one
    from spoken as p
    where iam_account_of(p.who."type", p.who."value") <> p.account_id
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
        d.account_id,
        d.arn,
        max(w.policies) as policies,
        max(w.unsure) as unsure,
        max(case when u.arn is not null then 1 else 0 end) as unread,
        sum(case when d.side = 'outside' or $inside then 1 else 0 end) as bad,
        sum(case when d.side = 'unknown' then 1 else 0 end) as unknown,
        string_agg(case when d.side <> 'inside' or $inside then d.other end, ', ' order by d.other) as names
    from placed as d
    left join powers as w on w.account_id = d.account_id and w.arn = d.arn
    left join unread as u on u.account_id = d.account_id and u.arn = d.arn
    group by d.account_id, d.arn
)

select
    t.arn as resource,
    case
        when t.document_id is null then 'error'
        when f.policies is not null and f.bad > 0 and f.unsure = 1 then 'error'
        when f.policies is not null and f.bad > 0 then 'alarm'
        when f.policies is not null and f.unknown > 0 then 'error'
        when f.unread = 1 and f.policies is null and f.bad + f.unknown > 0 then 'error'
        else 'ok'
    end as status,
    case
        when t.document_id is null then 'Unknown: the trust of the role was not read.'
        when f.policies is not null and f.unsure = 1 and f.bad > 0
            then concat('Unknown: ', f.policies, ' allows everything, and whether a boundary holds the role was not read.')
        when f.policies is not null and f.bad > 0
            then concat('Account ', f.names, ' may do everything here by ', f.policies, '.')
        when f.policies is not null and f.unknown > 0
            then concat('Unknown: whether ', f.names, ', an administrator here, is of the organization was not read.')
        when f.unread = 1 and f.policies is null and f.bad + f.unknown > 0
            then 'Unknown: the document of a policy of the role was not read.'
        when f.policies is not null then 'Only accounts of the organization may assume this administrator role.'
        else 'The role does not allow everything.'
    end as reason,
    t.account_id as account_id,
    'global' as region
from trusts as t
left join found as f on f.account_id = t.account_id and f.arn = t.arn
left join iamsql.accounts as a on a.account_id = t.account_id
where t.document_id is null or f.arn is not null
order by a.position, t.arn
