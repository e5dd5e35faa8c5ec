-- The edges of iam_escalation_edges by type, with numbers for names.

named_edges as materialized (from iam_escalation_edges(every_method)),

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

-- From a service to the roles of its workloads, and from a group of roles to its roles.
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
        where r.next_node in (select g.by_node from gains as g)
        union all
        select distinct g.by_node, g.by_node, 0 from gains as g
    ) as u on u.node = b.next_node
    where b.node in (
        select w.owner from changes as c join edge_owners as o on o.owner = c.node join edge_owners as w on w.node = o.node
    )
),
