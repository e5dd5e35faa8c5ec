-- Returns a step of a path from the user or role `arn` as text: the method, what it changes, and the method that follows at once.
create or replace macro iam_path_step(method, object, second_method, arn) as concat(
    ' -[', method, case when object <> arn then ' ' || object end, ']-> ',
    case when second_method is not null then concat(arn, ' -[', second_method, ']-> ') end
);

-- Returns the node that a step leads to, as text. With `is_end` it has the permissions of an administrator.
create or replace macro iam_path_target(node, second_method, is_end) as case
    when not starts_with(node, 'new ') and (second_method is not null or node = 'administrator' or not contains(node, ' '))
        then split_part(node, ' ', 1)
    when is_end then 'administrator'
    when node like 'new %' then 'a user or role that it creates'
    else split_part(node, ' ', 1)
end;

-- Returns the escalation paths of users and roles to the permissions of an administrator. For each principal this is the most
-- certain path, and the shortest of these. With `every_method` there is a path for each principal and method of the first step. An
-- administrator has one row without steps, with the method `administrator`. `uncertainty` is the value of iam_subject_methods, or
-- 2 for a path that needs the credentials of another principal: the first principal may give the other more permissions, but
-- cannot use them.
--
-- The search has two parts. The first goes back from the goals, step by step, over the edges (iam_escalation_edges). The second
-- goes forward from the principals without a certain path from the first part. It accumulates the identities that a principal
-- controls and the changes that it has made. It finds paths that need two of these identities: one changes a role, and the other
-- assumes it. It also finds paths with two changes that have an effect only together.
-- returns: principal VARCHAR, account_id VARCHAR, method VARCHAR, steps INTEGER, admin_arn VARCHAR, verdict VARCHAR, conditions VARCHAR[], path VARCHAR, uncertainty INTEGER
create or replace macro iam_escalation_paths(every_method) as table
with recursive named_edges as materialized (from iam_escalation_edges(every_method)),

-- The names of the nodes. `is_principal`: the node is a user or role as it is. `principal` is the number of the node's user or
-- role. `position` orders the nodes by name.
vertices as materialized (
    select
        e.node as id, e.name, not contains(e.name, ' ') as is_principal, iam_hash(split_part(e.name, ' ', 1)) as principal,
        iam_is_user(e.name) as is_user, row_number() over (order by e.name) as position
    from named_edges as e where e.edge_type = 'name'
),

-- The edges by type, because they are scanned many times. `principal` is the node's user or role, or NULL if the path creates it.
-- The numbers of classes are negative.
gains as materialized (
    select
        e.node as by_node, e.change, e.next_node as node, e.principal, e.detail, e.method is not null as is_useless
    from named_edges as e
    where e.edge_type = 'gain'
),

goals as materialized (
    select e.node, min(e.uncertainty) as uncertainty, arg_min(e.conditions, e.uncertainty) as conditions
    from named_edges as e where e.edge_type = 'goal' group by e.node
    union all
    select iam_hash('administrator'), 0, []
),

controls as materialized (
    select
        e.node, e.node < 0 as is_class, e.next_node, e.principal, e.method, e.second_method, e.object, e.uncertainty,
        e.conditions
    from named_edges as e where e.edge_type = 'control'
),

changes as materialized (
    select
        e.node, e.node < 0 as is_class, e.next_node, e.principal, e.method, e.object, e.detail, e.uncertainty, e.conditions,
        coalesce(v.is_user, false) as is_user
    from named_edges as e left join vertices as v on v.id = e.principal where e.edge_type = 'change'
),

class_members as materialized (
    select e.node, e.principal, e.next_node as class from named_edges as e where e.edge_type = 'implies' and e.next_node < 0
),

-- From a service to the roles of its workloads.
workload_roles as materialized (
    select e.node, e.next_node, e.uncertainty from named_edges as e where e.edge_type = 'implies' and e.next_node > 0
),

-- The nodes with the owner of their edges: the class of the node, or the node itself.
edge_owners as materialized (
    select m.node, m.principal, m.class as owner from class_members as m
    union all
    select distinct e.node, e.principal, e.node
    from (
        select b.node, b.principal from controls as b where not b.is_class
        union all
        select c.node, c.principal from changes as c where not c.is_class
    ) as e
),

-- Changes that give another principal more permissions. To add another user to a group counts only if the actor is a role: a user
-- with this permission can add itself.
changes_of_others as materialized (
    select c.node, c.method, g.principal, o.node is null as is_no_goal, g.node as next_node, c.object, g.detail, c.conditions
    from changes as c
    join gains as g on g.change = c.next_node and g.by_node = g.principal
    left join goals as o on o.node = g.node and o.uncertainty < 4
    where c.uncertainty < 3 and not g.is_useless and not (c.method = 'add_user_to_group' and c.is_user)
    qualify row_number() over (partition by c.node, c.method, g.principal order by o.node is null, g.node, g.detail) = 1
),

-- For each node and method, one change of another principal. The path continues with the credentials of that principal. Two
-- candidates are kept, because one of them may be the node's own principal.
credential_edges as materialized (
    select
        w.node, l.method, l.next_node, l.object, l.detail, l.conditions, l.name,
        l.others - case when s.principal is not null then 1 else 0 end as others
    from (
        select
            n.*, v.name, count(*) over (partition by n.node, n.method) as others,
            row_number() over (partition by n.node, n.method order by n.is_no_goal, v.name) as place
        from changes_of_others as n join vertices as v on v.id = n.principal and v.is_principal
        qualify place <= 2
    ) as l
    join edge_owners as w on w.owner = l.node
    left join changes_of_others as s on s.node = l.node and s.method = l.method and s.principal = w.principal
    where l.principal is distinct from w.principal
    qualify row_number() over (partition by w.node, l.method order by l.place) = 1
),

-- The users and roles that a class or node with changes can control. It can use the permissions that it gives them.
usable_controls as materialized (
    select b.node, b.is_class, b.method, u.next_node, greatest(b.uncertainty, u.uncertainty) as uncertainty, b.conditions
    from controls as b
    join (
        select r.node, r.next_node, r.uncertainty from workload_roles as r
        union all
        select distinct g.by_node, g.by_node, 0 from gains as g
    ) as u on u.node = b.next_node
    where b.node in (
        select w.owner from changes as c join edge_owners as o on o.owner = c.node join edge_owners as w on w.node = o.node
    )
),

-- For each node with changes, the nodes whose control edges it can use: itself, its class and, for a class, its members.
related_nodes as materialized (
    select distinct c.node as change_node, c.node as control_node from changes as c
    union all
    select m.node, m.class from class_members as m
    union all
    select m.class, m.node from class_members as m
),

-- Changes that a node makes to itself.
own_changes as materialized (
    select
        w.node, c.method, g.node as next_node, nullif(concat_ws(
            ' ', case when c.object <> v.name then c.object end, g.detail
        ), '') as object, c.uncertainty, c.conditions
    from gains as g
    join vertices as v on v.id = g.principal and v.is_principal
    join edge_owners as w on w.node = g.by_node
    join changes as c on c.node = w.owner and c.next_node = g.change
    where not g.is_useless
),

-- The edges of the first search. `object` is what the step changes. `second_method` is the method that follows in the same edge.
edges as materialized (
    select row_number() over () as edge, e.*
    from (
        select
            b.node, b.is_class, b.method, b.object,
            b.second_method, b.next_node, case when b.second_method is null then 1 else 2 end as steps, b.uncertainty,
            b.conditions
        from controls as b
        union all
        select m.node, false, null, null, null, m.class, 0, 0, [] from class_members as m
        union all
        select r.node, false, null, null, null, r.next_node, 0, r.uncertainty, [] from workload_roles as r
        union all
        select o.node, false, o.method, o.object, null, o.next_node, 1, o.uncertainty, o.conditions
        from own_changes as o
        union all
        -- a change of a user or role that the same node can control
        select
            case when c.is_class then b.node else c.node end, c.is_class and b.is_class, c.method,
            concat_ws(' ', coalesce(c.object, v.name), g.detail), b.method, g.node, 2,
            greatest(c.uncertainty, b.uncertainty),
            iam_sorted_set(c.conditions || b.conditions)
        from changes as c
        join gains as g on g.change = c.next_node and not g.is_useless
        join related_nodes as n on n.change_node = c.node
        join usable_controls as b on b.node = n.control_node and b.next_node = g.by_node
        join vertices as v on v.id = g.principal and v.is_principal
        union all
        select
            l.node, false, l.method, concat_ws(' ', coalesce(l.object, l.name), l.detail), 'credentials', l.next_node, 2, 2,
            list_sort(l.conditions || [concat(
                'credentials of ', l.name, case when l.others > 1 then concat(' or one of ', l.others - 1, ' others') end
            )])
        from credential_edges as l
    ) as e
),

-- The rank of the best path from each node, found round by round. Each round has all nodes that are reached so far. A rank is the
-- uncertainty, and then the number of steps. The search ends when no rank gets better.
ranks as (
    select 0 as round, g.node, g.uncertainty * 1000000 as rank from goals as g
    union all
    (
        with merged as (
            select m.node, min(m.rank) as rank
            from (
                select n.node, n.rank from ranks as n
                union all
                select e.node, greatest(e.uncertainty, n.rank // 1000000) * 1000000 + n.rank % 1000000 + e.steps
                from ranks as n join edges as e on e.next_node = n.node
            ) as m
            group by m.node
        )
        select (select max(n.round) + 1 from ranks as n), m.node, m.rank
        from merged as m
        where exists (select 1 from merged as w left join ranks as n on n.node = w.node where n.node is null or w.rank < n.rank)
    )
),

best as materialized (
    select n.node, n.rank // 1000000 as uncertainty, n.rank % 1000000 as hops
    from ranks as n where n.round = (select max(m.round) from ranks as m)
),

-- The two best roles behind each service. A path of a role leads to the second role if the first is the role itself.
service_exits as materialized (
    select r.node, r.next_node, greatest(r.uncertainty, b.uncertainty) as uncertainty, b.hops
    from workload_roles as r
    join best as b on b.node = r.next_node
    join vertices as v on v.id = r.next_node
    qualify row_number() over (partition by r.node order by greatest(r.uncertainty, b.uncertainty), b.hops, v.position) <= 2
),

-- The edges that lead to a goal, with the roles behind services. `place` orders them, the best first. `principal` is the user or
-- role to which the edge leads.
onward_edges as materialized (
    select
        o.node, o.is_class, o.method, o.next_node, o.principal, o.edge, o.steps, o.hops,
        o.uncertainty,
        row_number() over (
            order by o.uncertainty, o.hops, o.edge_uncertainty, o.method, o.position, o.object, o.second_method, o.conditions
        ) as place
    from (
        select
            e.node, e.is_class, e.method, v.id as next_node, v.principal, v.position, e.steps, b.hops + e.steps as hops,
            greatest(e.uncertainty, coalesce(x.uncertainty, b.uncertainty)) as uncertainty,
            e.object, e.second_method, e.uncertainty as edge_uncertainty, e.conditions, e.edge
        from edges as e
        left join service_exits as x on x.node = e.next_node
        join best as b on b.node = coalesce(x.next_node, e.next_node)
        join vertices as v on v.id = coalesce(x.next_node, e.next_node)
        where e.method is not null
    ) as o
),

-- The best two edges of each class. An edge may lead to one of the members of the class, and this member takes the second edge.
class_edges as materialized (
    select
        s.node, s.method, s.next_node, s.place, first_value(s.principal) over w as best_principal, row_number() over w as nth
    from (
        select o.node, o.method, o.next_node, o.place, o.principal
        from onward_edges as o
        where o.is_class
        qualify row_number() over (
            partition by o.node, case when every_method then o.method end, o.principal order by o.place
        ) = 1
    ) as s
    window w as (partition by s.node, case when every_method then s.method end order by s.place)
    qualify nth <= 2
),

-- The edges of each node: its own edges, and the edges of its class.
steps as (
    select o.node, o.method, o.next_node, o.place from onward_edges as o where not o.is_class
    union all
    select m.node, s.method, s.next_node, s.place
    from class_edges as s
    join class_members as m on m.class = s.node
    where s.nth = case when s.best_principal = m.principal then 2 else 1 end
),

-- The first step of each principal or, with every_method, of each principal and method.
first_steps as materialized (
    select s.node, min(s.place) as place
    from steps as s join vertices as v on v.id = s.node and v.is_principal
    where s.node not in (select g.node from goals as g where g.uncertainty < 4)
        and (every_method or s.node not in (select b.node from best as b where b.hops = 0))
    group by s.node, case when every_method then s.method end
),

-- The best step of each node on the way.
next_steps as materialized (
    select
        n.node, f.name as from_name, o.method, o.next_node, t.name, o.steps, o.uncertainty, e.object, e.second_method, e.conditions
    from (
        select s.node, min(s.place) as place
        from steps as s
        where s.node in (select e.next_node from edges as e) and s.node not in (select b.node from best as b where b.hops = 0)
        group by s.node
    ) as n
    join onward_edges as o on o.place = n.place
    join edges as e on e.edge = o.edge
    join vertices as f on f.id = n.node
    join vertices as t on t.id = o.next_node
),

-- The path from each node to its goal, built from the goals backward.
remaining_paths as (
    select
        g.node, '' as path, g.conditions, cast(g.uncertainty as bigint) as uncertainty, cast(0 as bigint) as hops,
        v.name as end_node, g.uncertainty < 4 or starts_with(v.name, 'new ') as is_end
    from goals as g
    join best as b on b.node = g.node and b.hops = 0
    join vertices as v on v.id = g.node
    union all
    select
        n.node, concat(
            iam_path_step(n.method, n.object, n.second_method, split_part(n.from_name, ' ', 1)),
            iam_path_target(n.name, n.second_method, r.is_end), r.path
        ),
        iam_sorted_set(n.conditions || r.conditions), greatest(n.uncertainty, r.uncertainty), r.hops + n.steps,
        r.end_node, false
    from next_steps as n join remaining_paths as r on r.node = n.next_node
),

-- The first steps with the rest of their paths.
continued_steps as materialized (
    select
        o.place, o.method, o.steps + r.hops as hops, greatest(o.uncertainty, r.uncertainty) as uncertainty, e.object,
        e.second_method, concat(iam_path_target(t.name, e.second_method, r.is_end), r.path) as path, r.end_node as node,
        iam_sorted_set(e.conditions || r.conditions) as conditions
    from (select distinct f.place from first_steps as f) as d
    join onward_edges as o on o.place = d.place
    join edges as e on e.edge = o.edge
    join vertices as t on t.id = o.next_node
    join remaining_paths as r on r.node = o.next_node
),

step_paths as (
    select
        p.name as principal, w.method, w.hops, w.uncertainty,
        concat(p.name, iam_path_step(w.method, w.object, w.second_method, p.name), w.path) as path, w.node, w.conditions
    from first_steps as f
    join continued_steps as w on w.place = f.place
    join vertices as p on p.id = f.node and p.is_principal
),

-- The principals of the second search. They reach a node that changes others, by steps that are more certain than the best path so
-- far. `below` is the upper limit of a path's uncertainty, which the path does not reach.
unsettled_principals as materialized (
    with recursive toward_changes as (
        select distinct c.node, c.uncertainty
        from changes as c left join best as b on b.node = c.node
        where c.uncertainty < coalesce(b.uncertainty, 9)
        union
        select e.node, greatest(e.uncertainty, t.uncertainty)
        from toward_changes as t
        join (
            select b.node, b.next_node, b.uncertainty from controls as b
            union all
            select r.node, r.next_node, r.uncertainty from workload_roles as r
            union all
            select m.node, m.class, 0 from class_members as m
        ) as e on e.next_node = t.node
        left join best as b on b.node = e.node
        where greatest(e.uncertainty, t.uncertainty) < coalesce(b.uncertainty, 9)
    )
    select t.node, v.name, max(coalesce(b.uncertainty, 9)) as below
    from toward_changes as t
    join vertices as v on v.id = t.node and v.is_principal
    left join best as b on b.node = t.node
    where t.node not in (select g.node from goals as g where g.uncertainty < 4)
    group by t.node, v.name
),

-- The edges of the second search, with the names of the users and roles to which they lead.
forward_edges as materialized (
    select
        b.node, b.next_node, 'control' as edge_type, b.method, b.second_method, cast(null as varchar) as object,
        cast(null as varchar) as detail, b.uncertainty, b.conditions, coalesce(v.name, '') as name
    from controls as b left join vertices as v on v.id = b.next_node
    where exists (select 1 from unsettled_principals)
    union all
    select c.node, c.next_node, 'change', c.method, null, c.object, c.detail, c.uncertainty, c.conditions, ''
    from changes as c
    where exists (select 1 from unsettled_principals)
),

-- All nodes and changes that each principal controls or makes, round by round, with the steps that lead to each. `actor` is the
-- user or role that performs the next step.
closure as (
    select 0 as round, u.node as principal, u.below, u.node as item, {
        'uncertainty': 0, 'hops': 0, 'steps': cast([] as varchar[]), 'conditions': cast([] as varchar[]), 'actor': u.name
    } as way
    from unsettled_principals as u
    union all
    (
        with found as (
            select k.principal, k.below, k.item, k.way from closure as k
            union all
            select k.principal, k.below, e.next_node, {
                'uncertainty': greatest(k.way.uncertainty, e.uncertainty),
                'hops': k.way.hops + case when e.second_method is null then 1 else 2 end,
                'steps': k.way.steps || [concat(
                    k.way.actor, ' -[', e.method, case
                        when e.edge_type = 'change' then concat_ws(
                            ' ', '', case when e.object <> k.way.actor then e.object end, e.detail
                        )
                    end, ']-> ', case
                        when e.second_method is not null then concat(k.way.actor, ' -[', e.second_method, ']-> ')
                    end,
                    case
                        when e.edge_type = 'change' then k.way.actor else e.name
                    end
                )],
                'conditions': iam_sorted_set(k.way.conditions || e.conditions),
                'actor': split_part(e.name, ' ', 1)
            }
            from closure as k join forward_edges as e on e.node = k.item
            where e.uncertainty < k.below
            union all
            select k.principal, k.below, r.next_node, {
                'uncertainty': greatest(k.way.uncertainty, r.uncertainty), 'hops': k.way.hops,
                'steps': k.way.steps[:-2] || [concat(k.way.steps[-1], v.name)], 'conditions': k.way.conditions, 'actor': v.name
            }
            from closure as k join workload_roles as r on r.node = k.item join vertices as v on v.id = r.next_node
            where r.uncertainty < k.below
            union all
            select k.principal, k.below, m.class, k.way
            from closure as k join class_members as m on m.node = k.item
            union all
            select k.principal, k.below, g.node, {
                'uncertainty': greatest(k.way.uncertainty, f.way.uncertainty),
                'hops': len(f.way.steps) + len([1 for step_ in k.way.steps if not list_contains(f.way.steps, step_)]),
                'steps': f.way.steps || [step_ for step_ in k.way.steps if not list_contains(f.way.steps, step_)],
                'conditions': iam_sorted_set(k.way.conditions || f.way.conditions), 'actor': v.name
            }
            from closure as k
            join gains as g on g.by_node = k.item
            join closure as f on f.principal = k.principal and f.item = g.change
            join vertices as v on v.id = g.principal
        ),
        merged as (
            select
                m.principal, m.below, m.item,
                arg_min(m.way, {'uncertainty': m.way.uncertainty, 'hops': m.way.hops, 'steps': m.way.steps}) as way
            from found as m group by m.principal, m.below, m.item
        )
        select (select max(k.round) + 1 from closure as k), m.principal, m.below, m.item, m.way
        from merged as m
        where exists (
            select 1 from merged as w left join closure as k on k.principal = w.principal and k.item = w.item
            where k.item is null
                or {'uncertainty': w.way.uncertainty, 'hops': w.way.hops} < {'uncertainty': k.way.uncertainty, 'hops': k.way.hops}
        )
    )
),

-- The best path of the second search for each principal, if it is more certain than the path of the first.
closure_paths as materialized (
    select
        p.name as principal, k.way.hops as hops, greatest(k.way.uncertainty, g.uncertainty) as uncertainty, v.name as node,
        iam_sorted_set(k.way.conditions || g.conditions) as conditions, array_to_string(k.way.steps, '; ') as path,
        regexp_extract(k.way.steps[1], '-\[(\w+)', 1) as method
    from closure as k
    join goals as g on g.node = k.item
    join vertices as v on v.id = k.item
    join vertices as p on p.id = k.principal and p.is_principal
    left join best as b on b.node = k.principal
    where
        k.round = (select max(m.round) from closure as m) and len(k.way.steps) > 0
        and greatest(k.way.uncertainty, g.uncertainty) < coalesce(b.uncertainty, 9)
    qualify row_number() over (
        partition by k.principal order by greatest(k.way.uncertainty, g.uncertainty), k.way.hops, v.name
    ) = 1
),

-- `not in` builds a hash table of the few rows of `closure_paths`. For an anti join, DuckDB builds it from the join of all others.
paths as (
    select w.principal, w.method, w.hops, w.uncertainty, w.node, w.conditions, w.path
    from step_paths as w
    where concat_ws(' ', w.principal, case when every_method then w.method end)
        not in (select concat_ws(' ', c.principal, case when every_method then c.method end) from closure_paths as c)
    union all
    select c.principal, c.method, c.hops, c.uncertainty, c.node, c.conditions, c.path from closure_paths as c
    union all
    select
        v.name, case when g.uncertainty < 4 then 'administrator' else 'unread' end, 0, g.uncertainty, v.name, g.conditions, v.name
    from goals as g
    join best as b on b.node = g.node
    join vertices as v on v.id = g.node and v.is_principal
    where v.name <> 'administrator' and (b.hops = 0 or g.uncertainty < 4)
        and (every_method or v.name not in (select c.principal from closure_paths as c))
)

select
    w.principal, split_part(w.principal, ':', 5) as account_id, w.method, cast(w.hops as integer) as steps,
    case when w.path not like '%-> administrator' then split_part(w.node, ' ', 1) end as admin_arn,
    case when w.uncertainty = 0 then 'certain' when w.uncertainty < 3 then 'conditional' else 'unknown' end as verdict,
    w.conditions, w.path, cast(w.uncertainty as integer) as uncertainty
from paths as w;
