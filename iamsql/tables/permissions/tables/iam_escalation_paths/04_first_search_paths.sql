-- The paths that the first search found, built step by step from these edges.

-- The edges of each node: its own edges, and the edges of its class. A role can be in a group of roles that it may assume, but does
-- not assume itself.
steps as (
    select o.node, o.method, o.next_node, o.place
    from onward_edges as o join vertices as v on v.id = o.node
    where not o.is_class and o.next_node <> v.principal
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
