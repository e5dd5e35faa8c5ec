-- title: Roles that external principals may assume
-- kind: report
-- severity: high
-- tags: permissions, roles, trust, third-party
-- columns: severity, account, role_name, principal, restrictions
-- remediation: iamsql query role_assumptions
-- remediation: aws iam get-role --role-name {role_name}
-- remediation: aws iam update-assume-role-policy --role-name {role_name} --policy-document file://trust-policy.json
--
-- Returns one row for each role and external principal in its trust policy: accounts outside the organization, identity
-- providers, and everyone. `restrictions` lists the conditions that limit the principal: an external ID for accounts,
-- the subject and audience for OpenID Connect, the audience for SAML, the account or organization of the caller for
-- everyone (`a deny` if a Deny statement excludes the others); NULL means none. `callers` says whom the statement
-- admits under these conditions: everyone, accounts and organizations outside by ID, own account or own organization.
-- `severity` is the first of these that applies:
--
-- `critical`: everyone or any token of a provider is allowed.
-- `high`: an account or organization without an external ID is allowed, or the role is an administrator.
-- `medium`: the restriction is incomplete (no audience).
-- `low`: the restriction is complete.
--
-- `kind` has the values of `trust_graph`; unknown means that the accounts of the organization were not read. Roles of
-- Identity Center are excluded. `is_admin` is true if a policy of the role allows everything, and NULL if a policy was
-- not read. Resource control policies, which can exclude external principals, are not considered. Start with `critical`
-- rows: remove external principals that nobody needs, and add the missing restriction for the others.

with external_edges as (
    select
        e.*,
        case when e.is_not = 1 then concat('everyone but ', e.who."value") else e.who."value" end as principal,
        regexp_replace(lower(e.who."value"), '^arn:.*:oidc-provider/', '') as provider
    from trust_edges() as e
    where
        e.kind in ('outside', 'unknown', 'federated', 'anyone')
        and e.effect = 'Allow'
        and coalesce(e.path, '/') not like '/aws-reserved/sso.amazonaws.com/%'
        -- an account that a Deny of the policy excludes
        and not (e.kind in ('outside', 'unknown') and e.side in ('nobody', 'own account', 'own organization'))
),

edge_restrictions as (
    select
        e.*,
        e.kind = 'federated' and e.who."value" not like '%:saml-provider/%' as is_token,
        case
            when e.kind = 'anyone' and e.side = 'everyone' then []
            when e.kind = 'anyone' then coalesce(
                nullif(iam_caller_keys(e.conditions, true), []), ['a deny']
            ) || iam_restricting_keys(e.conditions, ['sts:externalid'])
            when e.kind in ('outside', 'unknown') then iam_restricting_keys(e.conditions, ['sts:externalid'])
            when e.who."value" like '%:saml-provider/%' then iam_restricting_keys(e.conditions, ['saml:aud'])
            else iam_restricting_keys(e.conditions, [
                e.provider || ':sub', e.provider || ':repository', e.provider || ':repository_id',
                e.provider || ':job_workflow_ref', e.provider || ':aud'
            ])
        end as restrictions
    from external_edges as e
),

rated_edges as (
    select
        r.*,
        case when p.admin = 1 then true when p.unread = 1 then null else false end as is_admin,
        case
            when r.side = 'everyone' and r.kind = 'anyone' then 1
            when r.is_token and len([1 for key_ in r.restrictions if not ends_with(key_, ':aud')]) = 0 then 1
            when p.admin = 1 then 2
            when r.side in ('outsider', 'unknown') and r.kind <> 'federated' and not list_contains(r.restrictions, 'sts:externalid')
                then 2
            when r.kind = 'federated' and len([1 for key_ in r.restrictions if ends_with(key_, ':aud')]) = 0 then 3
            else 4
        end as grade
    from edge_restrictions as r
    left join full_privileges('role') as p on p.account_id = r.account_id and p.principal_arn = r.role_arn
)

select
    e.account_id, a.name as account_name, e.role_arn, e.role_name, e.principal, e.kind,
    coalesce(e.parties, case when e.kind <> 'federated' then e.side end) as callers,
    nullif(array_to_string(e.restrictions, ', '), '') as restrictions,
    case e.grade when 1 then 'critical' when 2 then 'high' when 3 then 'medium' else 'low' end as severity,
    e.is_admin,
    nullif(iam_condition_text(e.conditions), '') as conditions
from rated_edges as e
left join iamsql.accounts as a on a.account_id = e.account_id
order by e.grade, a.position, e.role_arn, e.principal, e.number
