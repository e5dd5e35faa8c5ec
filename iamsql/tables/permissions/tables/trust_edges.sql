-- Returns the documents that allow everything without a condition.
-- returns: document_id VARCHAR
create or replace macro admin_documents() as table
select distinct s.document_id
from aws_iam_statement as s
where
    s.effect = 'Allow'
    and len(s.conditions) = 0
    and iam_allows_everything(s.actions, s.not_actions, s.resources, s.not_resources);

-- Returns, for each user or role, whether a policy allows everything (`admin`) and whether a policy was not read (`unread`): 1 or
-- 0.
-- returns: account_id VARCHAR, principal_arn VARCHAR, principal_name VARCHAR, admin INTEGER, unread INTEGER
create or replace macro full_privileges(kind) as table
select
    l.account_id, l.principal_arn, l.principal_name,
    max(case
        when m.document_id is not null or l.policy_arn like 'arn:%:iam::aws:policy/AdministratorAccess' then 1
        else 0
    end) as admin,
    max(case when l.document_id is null then 1 else 0 end) as unread
from aws_iam_principal_policy as l
left join admin_documents() as m on m.document_id = l.document_id
where l.layer = 'identity' and l.principal_type = kind
group by l.account_id, l.principal_arn, l.principal_name;

-- Returns the principals of the statements in roles' trust policies, by Principal or by NotPrincipal (`is_not` is 1).
--   party: the account of the principal, or * for everyone, services and identity providers
--   kind: anyone, deleted, service or federated; for an account same_account, organization, outside or, if the organization's
--     accounts were not read, unknown
--   side: the side of the callers that an Allow statement admits through this principal, with its conditions and the Deny
--     statements of the policy (iam_caller_sides)
--   parties: these callers
-- returns: account_id VARCHAR, role_arn VARCHAR, role_name VARCHAR, path VARCHAR, document_id VARCHAR, number BIGINT, effect VARCHAR, conditions STRUCT("operator" VARCHAR, qualifier VARCHAR, if_exists BOOLEAN, "key" VARCHAR, original_key VARCHAR, "values" VARCHAR[])[], is_not INTEGER, who STRUCT("type" VARCHAR, "value" VARCHAR), party VARCHAR, other VARCHAR, kind VARCHAR, side VARCHAR, parties VARCHAR
create or replace macro trust_edges() as table
with statements as (
    select
        r.account_id, r.arn as role_arn, r.name as role_name, r.path, s.document_id, s.number, s.effect, s.conditions, s.principals,
        s.not_principals, s.action_likes, s.actions is not null as is_action
    from aws_iam_role as r
    join aws_iam_document as d on d.account_id = r.account_id and d.owner_arn = r.arn and d.source = 'trust'
    join aws_iam_statement as s on s.document_id = d.document_id
    where iam_allows_assume_role(s.action_likes, s.actions is not null)
),

-- The Deny statements of each trust policy.
denials as (
    select
        d.document_id,
        list(iam_denial(d.principals, d.not_principals, d.conditions, d.action_likes, d.is_action, null) order by d.number) as denials
    from (
        select distinct
            t.document_id, t.number, t.principals, t.not_principals, t.conditions, t.action_likes, t.is_action
        from statements as t
        where t.effect = 'Deny'
    ) as d
    group by d.document_id
),

edges as (
    select
        p.*,
        case when p.is_not = 1 then '*' else iam_principal_party(p.who."type", p.who."value") end as party,
        p.is_not = 1 or p.who."type" = 'Service' or iam_is_anyone(p.who."type", p.who."value") as of_source
    from (
        select
            t.account_id, t.role_arn, t.role_name, t.path, t.document_id, t.number, t.effect, t.conditions, t.action_likes,
            t.is_action, case when len(t.not_principals) > 0 then 1 else 0 end as is_not,
            unnest(coalesce(t.principals, t.not_principals)) as who
        from statements as t
    ) as p
),

-- The edges with the lists of parties of their callers. A caller is in all of its lists.
restricted as (
    select
        e.*,
        [[e.party]] || iam_restrictions(e.conditions, e.of_source) || coalesce(
            iam_deny_restrictions(
                d.denials, e.who."value", e.party,
                iam_assume_actions(
                    case when e.is_not = 1 then 'NotPrincipal' else e.who."type" end, e.who."value", e.action_likes, e.is_action
                ),
                cast(null as varchar[]), e.of_source,
                iam_request_kind(case when e.is_not = 1 then 'NotPrincipal' else e.who."type" end, e.who."value", false)
            ),
            []
        ) as restrictions
    from edges as e
    left join denials as d on d.document_id = e.document_id
),

sides as (
    from iam_caller_sides(
        (
            select list(c) from (
                select distinct r.account_id, [[r.party]] as restrictions from restricted as r where r.party <> r.account_id
                union
                select distinct r.account_id, r.restrictions from restricted as r where r.party <> r.account_id
            ) as c
        ),
        []
    )
)

select
    r.account_id, r.role_arn, r.role_name, r.path, r.document_id, r.number, r.effect, r.conditions, r.is_not, r.who, r.party,
    iam_account_of(r.who."type", r.who."value") as other,
    case
        when r.is_not = 1 or iam_is_anyone(r.who."type", r.who."value") then 'anyone'
        when iam_is_deleted(r.who."type", r.who."value") then 'deleted'
        when r.who."type" = 'Service' then 'service'
        when r.who."type" = 'Federated' then 'federated'
        when r.party = r.account_id then 'same_account'
        when p.side = 'own organization' then 'organization'
        when p.side = 'unknown' then 'unknown'
        else 'outside'
    end as kind,
    case when r.effect = 'Allow' then case when r.party = r.account_id then 'own account' else coalesce(c.side, 'unknown') end end
        as side,
    case when r.effect = 'Allow' then c.parties end as parties
from restricted as r
left join sides as p on p.account_id = r.account_id and p.restrictions = [[r.party]]
left join sides as c on c.account_id = r.account_id and c.restrictions = r.restrictions;
