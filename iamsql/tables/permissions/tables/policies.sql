-- Returns the actions of a list that each document allows on every resource, or on all but some. Actions that the document denies
-- on every resource without a condition are left out. For iam:PassRole, every role counts as every resource.
--   unconditional: 0 if each statement has conditions
--   has_exceptions: 1 if each statement excludes some resources
-- returns: document_id VARCHAR, action VARCHAR, unconditional INTEGER, has_exceptions INTEGER
create or replace macro iam_broad_document_actions(actions) as table
with matched as (
    select
        s.document_id, s.effect, q.action,
        case when len(s.conditions) = 0 then 1 else 0 end as unconditional,
        case when s.not_resources is not null then 1 else 0 end as has_exceptions
    from aws_iam_statement as s
    inner join (select unnest(actions) as action) as q
        on iam_matches_action(s.action_likes, s.actions is not null, q.action)
    where
        iam_every_resource(s.resources)
        or (s.effect = 'Allow' and not iam_every_resource(s.not_resources))
        or (s.effect = 'Allow' and q.action = 'iam:PassRole' and iam_every_role(s.resources))
)

select
    m.document_id, m.action,
    max(case when m.effect = 'Allow' then m.unconditional end) as unconditional,
    min(case when m.effect = 'Allow' then m.has_exceptions end) as has_exceptions
from matched as m
group by m.document_id, m.action
having
    bool_or(m.effect = 'Allow')
    and max(case when m.effect = 'Deny' then m.unconditional else 0 end) = 0;

-- Returns the methods of privilege escalation that each document allows on its own. Methods that remove an explicit deny are left
-- out, because they depend on the other policies of the principal.
--   unconditional: 0 if, for an action of the method, each Allow statement has conditions
--   has_exceptions: 1 if, for an action of the method, each Allow statement excludes some resources
-- returns: document_id VARCHAR, method VARCHAR, unconditional INTEGER, has_exceptions INTEGER
create or replace macro iam_document_methods() as table
with methods as (
    select p.method, len(p.actions) as needed, unnest(p.actions) as action
    from iam_privesc_methods() as p
    where p.method <> 'assume_role' and not iam_removes_denies(p.method)
)

select
    a.document_id, m.method, min(a.unconditional) as unconditional, max(a.has_exceptions) as has_exceptions
from iam_broad_document_actions((select list(distinct n.action) from methods as n)) as a
inner join methods as m on m.action = a.action
group by a.document_id, m.method, m.needed
having count(*) = m.needed;

-- Returns one row for each inline policy of a user, group or role, and one row with NULL for a principal without inline policies.
-- Service-linked roles are left out.
-- returns: account_id VARCHAR, arn VARCHAR, kind VARCHAR, policy_name VARCHAR, document_id VARCHAR, duplicate_key VARCHAR
create or replace macro iam_inline_policies() as table
select h.account_id, h.arn, h.kind, d.policy_name, d.document_id, d.duplicate_key
from (
    select u.account_id, u.arn, 'user' as kind from aws_iam_user as u
    union all
    select g.account_id, g.arn, 'group' from aws_iam_group as g
    union all
    select r.account_id, r.arn, 'role' from aws_iam_role as r where coalesce(r.path, '/') not like '/aws-service-role/%'
) as h
left join aws_iam_document as d on d.account_id = h.account_id and d.owner_arn = h.arn and d.source = 'inline';

-- Returns users, groups and roles. `is_attached`: the AWS managed policy is attached. Only roles have a `path`. Service-linked
-- roles are left out.
-- returns: account_id VARCHAR, arn VARCHAR, name VARCHAR, path VARCHAR, kind VARCHAR, is_attached BOOLEAN
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
