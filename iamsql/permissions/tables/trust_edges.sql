-- The documents that allow everything without a condition.
-- gives: document_id VARCHAR
create or replace macro admin_documents() as table
select distinct s.document_id
from aws_iam_statement as s
where
    s.effect = 'Allow'
    and len(s.conditions) = 0
    and iam_allows_everything(s.actions, s.not_actions, s.resources, s.not_resources);

-- For each user or role, whether a policy allows everything (`admin`) and whether a policy was not read (`unread`): 1 or 0.
-- gives: account_id VARCHAR, principal_arn VARCHAR, principal_name VARCHAR, admin INTEGER, unread INTEGER
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

-- The trust policies with a Deny for all callers but known ones.
-- gives: document_id VARCHAR
create or replace macro trust_denials() as table
select distinct s.document_id
from aws_iam_statement as s
where
    s.effect = 'Deny'
    and iam_matches_action(s.action_likes, s.actions is not null, 'sts:AssumeRole')
    and len([1 for principal_ in s.principals if iam_is_anyone(principal_."type", principal_."value")]) > 0
    and iam_denies_unknown_callers(s.conditions);

-- The principals of the statements in roles' trust policies, by Principal or by NotPrincipal (`is_not` is 1). `kind` is anyone,
-- deleted, service, federated, or for an account same_account, organization, outside or, where the organization's accounts were
-- not read, unknown. `is_barred`: a Deny of the policy excludes all callers but known ones.
-- gives: account_id VARCHAR, role_arn VARCHAR, role_name VARCHAR, path VARCHAR, document_id VARCHAR, number BIGINT, effect VARCHAR, conditions STRUCT("operator" VARCHAR, qualifier VARCHAR, if_exists BOOLEAN, "key" VARCHAR, original_key VARCHAR, "values" VARCHAR[])[], is_not INTEGER, who STRUCT("type" VARCHAR, "value" VARCHAR), is_barred BOOLEAN, other VARCHAR, kind VARCHAR
create or replace macro trust_edges() as table
with edges as (
    select
        r.account_id, r.arn as role_arn, r.name as role_name, r.path, s.document_id, s.number, s.effect, s.conditions,
        case when len(s.not_principals) > 0 then 1 else 0 end as is_not,
        unnest(coalesce(s.principals, s.not_principals)) as who
    from aws_iam_role as r
    join aws_iam_document as d on d.account_id = r.account_id and d.owner_arn = r.arn and d.source = 'trust'
    join aws_iam_statement as s on s.document_id = d.document_id
    where iam_allows_assume_role(s.action_likes, s.actions is not null)
)

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
cross join iam_organization_coverage() as o
left join trust_denials() as b on b.document_id = e.document_id
left join aws_organizations_account as m on m.id = iam_account_of(e.who."type", e.who."value");
