-- The edges that are possible, with their conditions.

-- The edges that were evaluated.
decided_edges as (
    select
        w.edge_type, w.node, w.next_node, case when w.state <> 'new' then w.principal end as principal, w.method, w.second_method,
        case when w.edge_type = 'change' or w.method = 'create_user_in_group' then w.object end as object, w.detail,
        greatest(
            w.least_uncertainty, case when l.edge is null then w.uncertainty else greatest(w.other_uncertainty, c.uncertainty) end,
            case when r.edge is not null then 1 else 0 end
        ) as uncertainty,
        iam_sorted_set(case
            when l.edge is null then w.conditions
            else w.other_conditions || c.conditions
        end || case
            when w.method = 'set_default_policy_version' then ['an earlier version that allows more']
            when w.method like 'permission\_set\_%' escape '\' then ['provisioning of a permission set of the principal']
            when w.method = 'account_assignment' then ['a permission set of an administrator']
            when w.method = 'identity_store_group' then ['a group with a permission set of an administrator']
            when w.kind = 'pass' and w.least_uncertainty > 0 then [iam_workload_condition(w.service, false)]
            else []
        end || coalesce(r.conditions, [])
        ) as conditions
    from useful_edges as w
    left join (select distinct k.edge from edge_checks as k) as l on l.edge = w.edge
    left join edge_outcomes as c on c.edge = w.edge
    left join refused_conditions as r on r.edge = w.edge
    where (l.edge is null or c.edge is not null) and not coalesce(r.is_final, false)
        and (l.edge is not null or w.kind <> 'create')
),

-- The edges of sts:AssumeRole. A group of roles has a node for each uncertainty with which nodes may assume its roles.
assume_role_edges as materialized (
    select
        a.node, a.next_node, case when a.next_node in (select g.group_node from role_groups as g) then a.uncertainty end as group_uncertainty,
        a.principal, a.uncertainty, a.conditions
    from (
        select
            s.node, s.next_node, s.principal, min(c.uncertainty) as uncertainty, arg_min(c.conditions, c.uncertainty) as conditions
        from assume_edges as s
        join edge_results as c on c.question_id = s.question_id
        where not s.is_settled
        group by s.node, s.next_node, s.principal
        union all
        select s.node, s.next_node, s.principal, m.uncertainty, m.conditions
        from assume_edges as s join methods as m on m.method_id = s.method_id
        where s.is_settled
    ) as a
),

group_nodes as (
    select
        a.next_node as group_node, a.group_uncertainty as uncertainty,
        iam_hash(concat(a.next_node, ' ', a.group_uncertainty)) as node
    from assume_role_edges as a
    where a.group_uncertainty is not null
    group by a.next_node, a.group_uncertainty
),

-- The edges that need no evaluation.
other_edges as (
    select
        'control' as edge_type, e.node, e.service_node as next_node, cast(null as bigint) as principal, cast(null as bigint) as change,
        e.method, cast(null as varchar) as detail, e.uncertainty, case
            when c.condition is not null then iam_sorted_set(e.conditions || [c.condition]) else e.conditions
        end as conditions
    from service_edges as e
    left join service_conditions as c on c.service_node = e.service_node
    union all
    select 'implies', c.node, c.class, c.principal, null, null, null, 0, [] from classes as c
    union all
    select distinct 'implies', s.service_node, s.role, null, null, null, null, s.least_uncertainty, [] from services as s
    union all
    select distinct 'gain', g.by_node, g.node, g.principal, g.change, case when g.is_useless then 'useless' end, g.detail, 0, []
    from gains as g
    where g.change in (select w.next_node from useful_edges as w where w.edge_type = 'change')
    union all
    select distinct 'implies', n.node, g.role, null, null, null, null, n.uncertainty, []
    from group_nodes as n
    join role_groups as g on g.group_node = n.group_node and g.role in (select h.node from reachable as h)
    union all
    select 'goal', g.node, null, g.principal, null, null, null, g.uncertainty, g.conditions from goals as g
)

select
    d.edge_type, d.node, d.next_node, d.principal, cast(null as bigint) as change, cast(null as varchar) as name, d.method,
    d.second_method, d.object, d.detail, d.uncertainty, d.conditions
from decided_edges as d
union all
select
    'control', a.node, coalesce(g.node, a.next_node), a.principal, null, null, 'assume_role', null, null, null, a.uncertainty, a.conditions
from assume_role_edges as a
left join group_nodes as g on g.group_node = a.next_node and g.uncertainty = a.group_uncertainty
union all
select o.edge_type, o.node, o.next_node, o.principal, o.change, null, o.method, null, null, o.detail, o.uncertainty, o.conditions
from other_edges as o
where (o.node in (select h.node from reachable as h) or o.node in (select n.node from group_nodes as n))
    and coalesce(o.next_node, o.node) in (select h.node from reachable as h)
union all
select 'name', v.node, null, null, null, v.name, null, null, null, null, null, null
from (
    select n.node, n.name from nodes as n
    union
    -- users and roles without permissions are not nodes as they are
    select n.principal, n.arn from nodes as n where n.principal is not null
    union
    select t.principal, t.arn from trusted_principals as t
    union
    select iam_hash('administrator'), 'administrator'
) as v
where v.node in (select h.node from reachable as h);
