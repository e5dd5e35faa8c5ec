-- The paths of the second search: paths that need two identities, or several changes that have an effect only together.

-- The edges that can lead to a change, with the uncertainty of the best path of their node so far: `below`.
toward_edges as materialized (
    select e.node, e.next_node, e.uncertainty, coalesce(b.uncertainty, 9) as below
    from (
        select c.node, c.next_node, c.uncertainty from controls as c
        union all
        select r.node, r.next_node, r.uncertainty from workload_roles as r
        union all
        select m.node, m.class, 0 from class_members as m
    ) as e
    left join best as b on b.node = e.node
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
        join toward_edges as e on e.next_node = t.node
        where greatest(e.uncertainty, t.uncertainty) < e.below
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
        with next_items as (
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
                'hops': f.way.hops + iam_path_length([step_ for step_ in k.way.steps if not list_contains(f.way.steps, step_)]),
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
            from next_items as m group by m.principal, m.below, m.item
        )
        select (select max(k.round) + 1 from closure as k), m.principal, m.below, m.item, m.way
        from merged as m
        where (select {'items': count(*), 'ranks': sum(w.way.uncertainty * 1000000 + w.way.hops)} from merged as w)
            <> (select {'items': count(*), 'ranks': sum(k.way.uncertainty * 1000000 + k.way.hops)} from closure as k)
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
