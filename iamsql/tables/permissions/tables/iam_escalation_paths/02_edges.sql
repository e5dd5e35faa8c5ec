-- The edges of the first search. A change and the edge that it makes possible are one edge.

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
