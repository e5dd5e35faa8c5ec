-- title: Roles that strangers may assume
-- kind: report
-- severity: high
-- version: 1
-- tags: permissions, roles, trust, third-party
--
-- One row for each role and principal from outside that its trust allows: accounts beyond the organization, providers
-- of identities, everyone. `guard` names the conditions that hold them: an external id for accounts, the subject and
-- audience for OpenID Connect, the audience for SAML, known callers for everyone (`a deny` where a Deny bars the
-- others); empty means none. `severity` is critical where everyone, or any token of a provider, gets in; high for an
-- account without an external id, or where the role is an administrator; else medium where the guard is half (no
-- audience), low where it is whole. `kind` is as in trust_graph: unknown means that the organization's accounts were
-- not read. Roles of Identity Center are left out. `is_admin` is whether a policy of the role allows everything; empty
-- where a policy was not read. Resource control policies, which may keep strangers out all the same, are not weighed.

with admin as (
    select distinct s.document_id
    from aws_iam_statement as s
    where
        s.effect = 'Allow'
        and len(s.conditions) = 0
        and iam_allows_everything(s.actions, s.not_actions, s.resources, s.not_resources)
),

privilege as (
    select
        l.account_id, l.principal_arn,
        max(case
            when m.document_id is not null or l.policy_arn like 'arn:%:iam::aws:policy/AdministratorAccess' then 1
            else 0
        end) as admin,
        max(case when l.document_id is null then 1 else 0 end) as unread
    from aws_iam_principal_policy as l
    left join admin as m on m.document_id = l.document_id
    where l.layer = 'identity' and l.principal_type = 'role'
    group by l.account_id, l.principal_arn
),

edges as (
    select
        r.account_id, r.arn as role_arn, r.name as role_name, s.document_id, s.number, s.effect, s.conditions,
        case when len(s.not_principals) > 0 then 1 else 0 end as is_not,
        unnest(coalesce(s.principals, s.not_principals)) as who
    from aws_iam_role as r
    join aws_iam_document as d on d.account_id = r.account_id and d.owner_arn = r.arn and d.source = 'trust'
    join aws_iam_statement as s on s.document_id = d.document_id
    where iam_lets_in(s.action_likes, s.actions is not null)
        and s.effect = 'Allow'
        and coalesce(r.path, '/') not like '/aws-reserved/sso.amazonaws.com/%'
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

barred as (
    select distinct s.document_id
    from aws_iam_statement as s
    where
        s.effect = 'Deny'
        and iam_reaches(s.action_likes, s.actions is not null, 'sts:AssumeRole')
        and len([1 for who_ in s.principals if iam_is_anyone(who_."type", who_."value")]) > 0
        and iam_bars_strangers(s.conditions)
),

sided as (
    select
        e.*,
        b.document_id is not null as is_barred,
        iam_account_of(e.who."type", e.who."value") as other,
        case
            when e.is_not = 1 or iam_is_anyone(e.who."type", e.who."value") then 'anyone'
            when iam_is_deleted(e.who."type", e.who."value") then 'deleted'
            when e.who."type" = 'Service' then 'service'
            when e.who."type" = 'Federated' then 'federated'
            when iam_account_of(e.who."type", e.who."value") = e.account_id then 'same_account'
            when m.id is not null then 'organization'
            when o.is_known then 'outside'
            else 'unknown'
        end as kind
    from edges as e
    cross join organization as o
    left join barred as b on b.document_id = e.document_id
    left join aws_organizations_account as m on m.id = iam_account_of(e.who."type", e.who."value")
),

guarded as (
    select
        e.*,
        case when e.is_not = 1 then concat('everyone but ', e.who."value") else e.who."value" end as trusted,
        regexp_replace(lower(e.who."value"), '^arn:.*:oidc-provider/', '') as provider
    from sided as e
    where e.kind in ('outside', 'unknown', 'federated', 'anyone')
),

held as (
    select
        g.*,
        g.kind = 'federated' and g.who."value" not like '%:saml-provider/%' as is_token,
        case
            when g.kind = 'anyone' and g.is_barred then ['a deny']
            when g.kind = 'anyone' then iam_known_callers(g.conditions)
            when g.kind in ('outside', 'unknown') then iam_held_by(g.conditions, ['sts:externalid'])
            when g.who."value" like '%:saml-provider/%' then iam_held_by(g.conditions, ['saml:aud'])
            else iam_held_by(g.conditions, [
                g.provider || ':sub', g.provider || ':repository', g.provider || ':repository_id',
                g.provider || ':job_workflow_ref', g.provider || ':aud'
            ])
        end as guards
    from guarded as g
),

graded as (
    select
        h.*,
        case when v.admin = 1 then true when v.unread = 1 then null else false end as is_admin,
        case
            when h.kind = 'anyone' and len(h.guards) = 0 then 1
            when h.is_token and len([1 for key_ in h.guards if not ends_with(key_, ':aud')]) = 0 then 1
            when v.admin = 1 then 2
            when h.kind in ('outside', 'unknown') and len(h.guards) = 0 then 2
            when h.kind = 'federated' and len([1 for key_ in h.guards if ends_with(key_, ':aud')]) = 0 then 3
            else 4
        end as grade
    from held as h
    left join privilege as v on v.account_id = h.account_id and v.principal_arn = h.role_arn
)

select
    g.account_id, a.name as account_name, g.role_arn, g.role_name, g.trusted, g.kind,
    nullif(array_to_string(g.guards, ', '), '') as guard,
    case g.grade when 1 then 'critical' when 2 then 'high' when 3 then 'medium' else 'low' end as severity,
    g.is_admin,
    nullif(iam_condition_words(g.conditions), '') as conditions
from graded as g
left join iamsql.accounts as a on a.account_id = g.account_id
order by g.grade, a.position, g.role_arn, g.trusted, g.number
