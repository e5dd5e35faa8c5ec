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

with guarded as (
    select
        e.*,
        case when e.is_not = 1 then concat('everyone but ', e.who."value") else e.who."value" end as trusted,
        regexp_replace(lower(e.who."value"), '^arn:.*:oidc-provider/', '') as provider
    from trust_edges() as e
    where
        e.kind in ('outside', 'unknown', 'federated', 'anyone')
        and e.effect = 'Allow'
        and coalesce(e.path, '/') not like '/aws-reserved/sso.amazonaws.com/%'
),

held as (
    select
        g.*,
        g.kind = 'federated' and g.who."value" not like '%:saml-provider/%' as is_token,
        case
            when g.kind = 'anyone' and g.is_barred then ['a deny']
            when g.kind = 'anyone' then iam_known_caller_keys(g.conditions)
            when g.kind in ('outside', 'unknown') then iam_restricting_keys(g.conditions, ['sts:externalid'])
            when g.who."value" like '%:saml-provider/%' then iam_restricting_keys(g.conditions, ['saml:aud'])
            else iam_restricting_keys(g.conditions, [
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
    left join role_privilege() as v on v.account_id = h.account_id and v.principal_arn = h.role_arn
)

select
    g.account_id, a.name as account_name, g.role_arn, g.role_name, g.trusted, g.kind,
    nullif(array_to_string(g.guards, ', '), '') as guard,
    case g.grade when 1 then 'critical' when 2 then 'high' when 3 then 'medium' else 'low' end as severity,
    g.is_admin,
    nullif(iam_condition_text(g.conditions), '') as conditions
from graded as g
left join iamsql.accounts as a on a.account_id = g.account_id
order by g.grade, a.position, g.role_arn, g.trusted, g.number
