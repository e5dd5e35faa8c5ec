-- Returns customer managed policies with the number of their statements in `matching_statements`, a list of {'document_id',
-- 'is_unconditional'}. `unconditional` is the number of these statements without conditions.
-- returns: account_id VARCHAR, arn VARCHAR, policy_name VARCHAR, document_id VARCHAR, duplicate_key VARCHAR, is_attached BOOLEAN, statements BIGINT, unconditional BIGINT, position BIGINT
create or replace macro customer_policies(matching_statements) as table
with counted as (
    select
        i.statement.document_id as document_id,
        count(*) as statements,
        count(case when i.statement.is_unconditional then 1 end) as unconditional
    from (select unnest(cast(matching_statements as struct(document_id varchar, is_unconditional boolean)[])) as statement) as i
    group by i.statement.document_id
)

select
    d.account_id, d.owner_arn as arn, d.policy_name, d.document_id, d.duplicate_key, d.is_attached,
    coalesce(c.statements, 0) as statements, coalesce(c.unconditional, 0) as unconditional, a.position
from aws_iam_document as d
left join counted as c on c.document_id = d.document_id
left join iamsql.accounts as a on a.account_id = d.account_id
where d.source = 'managed' and not d.is_aws_managed;

-- Returns customer managed policies with the number of their statements that allow everything.
-- returns: account_id VARCHAR, arn VARCHAR, policy_name VARCHAR, document_id VARCHAR, duplicate_key VARCHAR, is_attached BOOLEAN, statements BIGINT, unconditional BIGINT, position BIGINT
create or replace macro customer_admin_policies() as table
select p.*
from customer_policies((
    select list({'document_id': s.document_id, 'is_unconditional': len(s.conditions) = 0})
    from aws_iam_statement as s
    where s.effect = 'Allow' and iam_allows_everything(s.actions, s.not_actions, s.resources, s.not_resources)
)) as p;

-- Returns the rows of a control over customer managed policies. A policy with a statement in `matching_statements` is an alarm,
-- 'The policy <does> in 1 statement.' Other policies are ok, 'The policy <does_not>.'
-- returns: resource VARCHAR, status VARCHAR, reason VARCHAR, account_id VARCHAR, region VARCHAR, policy_name VARCHAR, position BIGINT
create or replace macro customer_policy_results(does, does_not, matching_statements) as table
select
    p.arn as resource,
    unnest(case
        when p.document_id is null then unknown(iam_not_evaluated('the document of the policy', p.duplicate_key))
        when p.statements > 0
            then alarm(concat('The policy ', does, iam_statement_count_text(p.statements, p.unconditional)))
        else ok(concat('The policy ', does_not, '.'))
    end),
    p.account_id, 'global' as region, p.policy_name, p.position
from customer_policies(matching_statements) as p;

-- Returns the rows of a control over the inline policies of users, groups and roles: 'The user <does> by its own policies …' for
-- an alarm, and 'No inline policy of the user <would_do>.' for ok.
-- returns: resource VARCHAR, status VARCHAR, reason VARCHAR, account_id VARCHAR, region VARCHAR, position BIGINT
create or replace macro inline_policy_results(does, would_do, matching_statements) as table
with counted as (
    select
        i.statement.document_id as document_id,
        count(*) as statements,
        count(case when i.statement.is_unconditional then 1 end) as unconditional
    from (select unnest(cast(matching_statements as struct(document_id varchar, is_unconditional boolean)[])) as statement) as i
    group by i.statement.document_id
),

owners as (
    select
        h.account_id, h.arn, h.kind,
        count(case when h.policy_name is not null and h.document_id is null then 1 end) as unread,
        min(h.duplicate_key) as duplicate_key,
        sum(coalesce(c.statements, 0)) as statements,
        sum(coalesce(c.unconditional, 0)) as unconditional,
        string_agg(case when c.statements > 0 then h.policy_name end, ', ' order by h.policy_name) as policies
    from iam_inline_policies() as h
    left join counted as c on c.document_id = h.document_id
    group by h.account_id, h.arn, h.kind
)

select
    o.arn as resource,
    unnest(case
        when o.statements > 0 then alarm(concat(
            'The ', o.kind, ' ', does, ' by its own policies (', o.policies, ')',
            iam_statement_count_text(o.statements, o.unconditional)
        ))
        when o.unread > 0 then unknown(iam_not_evaluated(concat('an inline policy of the ', o.kind), o.duplicate_key))
        else ok(concat('No inline policy of the ', o.kind, ' ', would_do, '.'))
    end),
    o.account_id, 'global' as region, a.position
from owners as o
left join iamsql.accounts as a on a.account_id = o.account_id;

-- Returns the rows of a control that checks that customer managed policies allow no action of a risk on every resource. A policy
-- that is only a permissions boundary is skipped.
-- returns: resource VARCHAR, status VARCHAR, reason VARCHAR, account_id VARCHAR, region VARCHAR, policy_name VARCHAR, position BIGINT
create or replace macro broad_policy_results(risk_name, does, does_not) as table
with broad_documents as (
    select
        a.document_id, count(*) as actions, min(a.action) as example, max(a.unconditional) as unconditional
    from iam_broad_document_actions((
        select list(k.action) from iam_risky_actions() as k where k.risk = risk_name
    )) as a
    group by a.document_id
)

select
    d.owner_arn as resource,
    unnest(case
        when d.document_id is null then unknown(iam_not_evaluated('the document of the policy', d.duplicate_key))
        when b.actions > 0 and p.attachment_count = 0 and p.permissions_boundary_usage_count > 0
            then skip('The policy is only a boundary, which gives nothing.')
        when b.actions > 0 then alarm(concat(
            'The policy ', does, ' by ', b.actions, case when b.actions = 1 then ' action' else ' actions' end,
            ', such as ', b.example, case when b.unconditional = 0 then ', each under conditions.' else '.' end
        ))
        else ok(concat('The policy ', does_not, '.'))
    end),
    d.account_id, 'global' as region, d.policy_name, a.position
from aws_iam_document as d
left join broad_documents as b on b.document_id = d.document_id
left join aws_iam_policy as p on p.account_id = d.account_id and p.arn = d.owner_arn
left join iamsql.accounts as a on a.account_id = d.account_id
where d.source = 'managed' and not d.is_aws_managed;
