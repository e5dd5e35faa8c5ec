-- The first search, round by round: the uncertainty and length of the best path from each node to an administrator, and the edges that
-- lead on.

-- The rank of the best path from each node, found round by round. Each round has all nodes that are reached so far. A rank is the
-- uncertainty, and then the number of steps. The search ends when no rank gets better. Ranks only decrease, so their sum shows it. An
-- outer join with the recursive table would return wrong rows in DuckDB 2.0.1 if its hash table has the rows of that table.
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
        where (select {'nodes': count(*), 'ranks': sum(w.rank)} from merged as w)
            <> (select {'nodes': count(*), 'ranks': sum(n.rank)} from ranks as n)
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
