-- The actions of a risk (iam_risky_actions) that each document allows on every resource, without those that it denies on every
-- resource without a condition. `unconditional` is 0 where each action has conditions.
-- gives: document_id VARCHAR, actions BIGINT, example VARCHAR, unconditional BIGINT
create or replace macro iam_broad_actions(risk_name) as table
with matched as (
    select
        s.document_id, s.effect, k.action,
        case when len(s.conditions) = 0 then 1 else 0 end as unconditional
    from aws_iam_statement as s
    inner join iam_risky_actions() as k on iam_matches_action(s.action_likes, s.actions is not null, k.action)
    where
        k.risk = risk_name
        and (iam_every_resource(s.resources) or (s.effect = 'Allow' and not iam_every_resource(s.not_resources)))
),

allowed as (
    select
        r.document_id, r.action,
        max(case when r.effect = 'Allow' then r.unconditional end) as unconditional
    from matched as r
    group by r.document_id, r.action
    having max(case when r.effect = 'Deny' then r.unconditional else 0 end) = 0
)

select
    l.document_id, count(*) as actions, min(l.action) as example,
    cast(max(l.unconditional) as bigint) as unconditional
from allowed as l
where l.unconditional is not null
group by l.document_id;

-- Users, groups and roles with each of their inline policies, or with NULL without any. Service-linked roles are left out.
-- gives: account_id VARCHAR, arn VARCHAR, kind VARCHAR, policy_name VARCHAR, document_id VARCHAR
create or replace macro iam_inline_policies() as table
select h.account_id, h.arn, h.kind, d.policy_name, d.document_id
from (
    select u.account_id, u.arn, 'user' as kind from aws_iam_user as u
    union all
    select g.account_id, g.arn, 'group' from aws_iam_group as g
    union all
    select r.account_id, r.arn, 'role' from aws_iam_role as r where coalesce(r.path, '/') not like '/aws-service-role/%'
) as h
left join aws_iam_document as d on d.account_id = h.account_id and d.owner_arn = h.arn and d.source = 'inline';

-- Users, groups and roles with whether an AWS managed policy is attached. Service-linked roles are left out; only roles have a
-- `path`.
-- gives: account_id VARCHAR, arn VARCHAR, name VARCHAR, path VARCHAR, kind VARCHAR, is_attached BOOLEAN
create or replace macro aws_policy_holders(policy) as table
select
    e.account_id, e.arn, e.name, e.path, e.kind,
    coalesce(list_contains(
        cast(e.attached as varchar[]), concat('arn:', split_part(e.arn, ':', 2), ':iam::aws:policy/', policy)
    ), false) as is_attached
from (
    select u.account_id, u.arn, u.name, null as path, 'user' as kind, u.attached_policy_arns as attached
    from aws_iam_user as u
    union all
    select g.account_id, g.arn, g.name, null, 'group', g.attached_policy_arns from aws_iam_group as g
    union all
    select r.account_id, r.arn, r.name, r.path, 'role', r.attached_policy_arns
    from aws_iam_role as r
    where coalesce(r.path, '/') not like '/aws-service-role/%'
) as e;
