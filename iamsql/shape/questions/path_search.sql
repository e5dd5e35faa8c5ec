-- The ways from users and roles that are no administrators to the rights of one: for each principal, with `every_method` for
-- each principal and method of the first step, the most certain way, and of these the shortest. `standing` is as in iam_abilities, and 2 for a way that takes the
-- credentials of somebody else: the principal may give that one more rights, and has no way to use them.
--
-- The search has two parts. The first goes back from the goals, step by step, over the nodes of iam_effects. The second goes
-- forward from the principals that the first did not bring there for certain, and keeps all that one of them controls and has
-- changed: it finds what takes two of the identities that a principal controls, one to change a role and another to assume it.
-- gives: principal VARCHAR, account_id VARCHAR, method VARCHAR, hops INTEGER, becomes VARCHAR, verdict VARCHAR, conditions VARCHAR[], path VARCHAR, standing INTEGER
create or replace macro iam_paths(every_method) as table
with recursive effects as materialized (from iam_effects(every_method)),

goals as materialized (
    select e.node, e.standing, e.conditions from effects as e where e.effect = 'goal'
    union all
    select 'administrator', 0, []
),

becoming as (
    select e.*, regexp_matches(e.item, '^(take|pass|place) ') as is_service from effects as e where e.effect = 'become'
),

running as (
    select e.node, e.item, e.standing, e.item like 'class %' as is_class from effects as e where e.effect = 'run'
),

changing as materialized (select e.* from effects as e where e.effect = 'fact'),

gains as materialized (select e.node as by_node, e.object as fact, e.item as node, e.arn from effects as e where e.effect = 'gain'),

-- Changes of others that the principal may make and not use. The membership of another user counts for roles alone: a user
-- who may join a group itself has what the group gives it.
lending as materialized (
    select
        c.node, c.method, c.object, g.node as item, g.arn, c.conditions,
        count(distinct g.arn) over (partition by c.node, c.method) as others
    from changing as c
    join gains as g on g.fact = c.item
    left join goals as o on o.node = g.node and o.standing < 4
    where
        g.by_node = g.arn and g.arn <> c.arn and c.standing < 3
        and not (c.method = 'add_user_to_group' and c.arn like '%:user/%')
    qualify row_number() over (partition by c.node, c.method order by o.node is null, g.arn, g.node) = 1
),

-- whom a node that changes others may become itself
used as materialized (
    select b.node, b.method, b.item, b.standing, b.conditions
    from becoming as b
    where not b.is_service and b.node in (select c.node from changing as c)
    union all
    select k.node, b.method, r.item, greatest(b.standing, r.standing), b.conditions
    from running as k
    join becoming as b on b.node = k.item
    join running as r on r.node = b.item
    where k.is_class and k.node in (select c.node from changing as c)
),

edges as materialized (
    select
        b.node, b.method, b.item, 1 as steps, b.standing, b.conditions,
        concat(' -[', b.method, case when b.item like 'new %' and b.object <> 'any' then ' ' || b.object end, ']-> ', case
            when b.is_service then ''
            when b.item not like 'new %' then b.item
            when o.node is not null then 'administrator'
            else 'a user or role of its own making'
        end) as said
    from becoming as b left join goals as o on o.node = b.item
    union all
    select r.node, null, r.item, 0, r.standing, [], case when r.is_class then '' else r.item end from running as r
    union all
    -- changes of oneself
    select c.node, c.method, g.node, 1, c.standing, c.conditions,
        concat(' -[', c.method, case when c.object not in (c.arn, 'any') then ' ' || c.object end, ']-> ',
            case when o.node is not null and o.standing < 4 then 'administrator' else c.arn end)
    from changing as c
    join gains as g on g.by_node = c.node and g.fact = c.item
    left join goals as o on o.node = g.node
    union all
    -- a policy that is attached and the boundary too is changed in one step
    select c.node, c.method, h.node, 1, greatest(c.standing, d.standing), list_sort(list_distinct(c.conditions || d.conditions)),
        concat(' -[', c.method, case when c.object not in (c.arn, 'any') then ' ' || c.object end, ']-> ',
            case when o.node is not null and o.standing < 4 then 'administrator' else c.arn end)
    from changing as c
    join gains as g on g.by_node = c.node and g.fact = c.item
    join changing as d on d.node = c.node and d.method = c.method and d.object = c.object and d.item <> c.item
    join gains as h on h.by_node = g.node and h.fact = d.item
    left join goals as o on o.node = h.node
    union all
    -- changes of a user or role that the same node may become
    select
        c.node, c.method, g.node, 2, greatest(c.standing, b.standing), list_sort(list_distinct(c.conditions || b.conditions)),
        concat(' -[', c.method, ' ', coalesce(nullif(c.object, 'any'), g.arn), ']-> ', c.arn, ' -[', b.method, ']-> ', b.item)
    from changing as c
    join gains as g on g.fact = c.item
    join used as b on b.node = c.node and b.item = g.by_node
    union all
    select l.node, l.method, l.item, 2, 2,
        list_sort(l.conditions || [concat(
            'credentials of ', l.arn, case when l.others > 1 then concat(' or one of ', l.others - 1, ' others') end
        )]),
        concat(' -[', l.method, ' ', coalesce(nullif(l.object, 'any'), l.arn), ']-> ', split_part(l.node, ' ', 1), ' -[credentials]-> ', l.arn)
    from lending as l
),

-- the best way from each node, found round by round: each round has the whole of what is known
near as (
    select 0 as round, g.node, min(g.standing) as standing, 0 as hops from goals as g group by g.node
    union all
    (
        with merged as (
            select m.node, min({'standing': m.standing, 'hops': m.hops}) as best
            from (
                select n.node, n.standing, n.hops from near as n
                union all
                select e.node, greatest(e.standing, n.standing), n.hops + e.steps
                from near as n join edges as e on e.item = n.node
            ) as m
            group by m.node
        )
        select (select max(n.round) + 1 from near as n), m.node, m.best.standing, m.best.hops
        from merged as m
        where exists (
            select 1 from merged as w left join near as n on n.node = w.node
            where n.node is null or w.best < {'standing': n.standing, 'hops': n.hops}
        )
    )
),

best as materialized (select n.node, n.standing, n.hops from near as n where n.round = (select max(m.round) from near as m)),

onward as materialized (
    select e.*, n.hops + e.steps as hops, greatest(e.standing, n.standing) as way_standing
    from edges as e join best as n on n.node = e.item
),

first as materialized (
    select o.*
    from (
        select e.* from onward as e where e.method is not null and e.node not like 'class %'
        union all
        select r.node, e.* exclude (node)
        from (
            select c.* from onward as c
            where c.node like 'class %'
            qualify every_method or row_number() over (
                partition by c.node order by c.way_standing, c.hops, c.standing, c.method, c.item
            ) = 1
        ) as e
        join running as r on r.item = e.node and r.is_class
    ) as o
    where o.node not like 'new %' and o.node not like '% %' and o.node not in (select g.node from goals as g where g.standing < 4)
    qualify row_number() over (
        partition by o.node, case when every_method then o.method end
        order by o.way_standing, o.hops, o.standing, o.method, o.item
    ) = 1
),

next as materialized (
    select o.* from onward as o
    qualify row_number() over (partition by o.node order by o.way_standing, o.hops, o.standing, o.method, o.item) = 1
),

walked as (
    select
        f.node as principal, f.method, f.hops, f.way_standing as standing, f.item as node, f.conditions, concat(f.node, f.said) as path,
        n.hops as left_hops
    from first as f join best as n on n.node = f.item
    union all
    select
        w.principal, w.method, w.hops, w.standing, x.item, list_sort(list_distinct(w.conditions || x.conditions)),
        concat(case when w.path like '%-> administrator' then w.path[:-14] || split_part(x.node, ' ', 1) else w.path end, x.said), n.hops
    from walked as w
    join next as x on x.node = w.node
    join best as n on n.node = x.item
    where w.left_hops > 0 or regexp_matches(w.node, '^(take|pass|place|class) ')
),

-- Who reaches a node that changes others by steps that are more certain than the best way so far. `below` is the standing
-- that such a way has to better.
unsure as materialized (
    with recursive towards as (
        select distinct c.node, c.standing from changing as c
        union
        select b.node, greatest(b.standing, t.standing)
        from towards as t
        join (
            select e.node, e.item, e.standing from becoming as e union all select r.node, r.item, r.standing from running as r
        ) as b on b.item = t.node
    )
    select t.node, max(coalesce(n.standing, 9)) as below
    from towards as t left join best as n on n.node = t.node
    where
        t.node not like '% %' and t.standing < coalesce(n.standing, 9)
        and t.node not in (select g.node from goals as g where g.standing < 4)
    group by t.node
),

closure as (
    select 0 as round, u.node as principal, u.below, u.node as item, {
        'standing': 0, 'hops': 0, 'steps': cast([] as varchar[]), 'conditions': cast([] as varchar[])
    } as way
    from unsure as u
    union all
    (
        with found as (
            select k.principal, k.below, k.item, k.way from closure as k
            union all
            select k.principal, k.below, e.item, {
                'standing': greatest(k.way.standing, e.standing), 'hops': k.way.hops + 1,
                'steps': k.way.steps || [concat(
                    split_part(replace(k.item, 'class ', ''), ' ', 1), ' -[', e.method, case
                        when e.effect = 'fact' and e.object = 'any' then ' ' || split_part(e.item, ' ', 3) || ' in ' || split_part(e.item, ' ', 5)
                        when e.effect = 'fact' and e.object <> e.arn then ' ' || e.object
                    end, ']-> ',
                    case when e.effect = 'fact' then e.arn when e.item like '% % in %' and e.item not like 'new %' then '' else e.item end
                )],
                'conditions': list_sort(list_distinct(k.way.conditions || e.conditions))
            }
            from closure as k join effects as e on e.node = k.item and e.effect in ('become', 'fact')
            where e.standing < k.below
            union all
            select k.principal, k.below, r.item, {
                'standing': greatest(k.way.standing, r.standing), 'hops': k.way.hops,
                'steps': case when r.is_class then k.way.steps else k.way.steps[:-2] || [concat(k.way.steps[-1], r.item)] end,
                'conditions': k.way.conditions
            }
            from closure as k join running as r on r.node = k.item
            where r.standing < k.below
            union all
            select k.principal, k.below, g.node, {
                'standing': greatest(k.way.standing, f.way.standing),
                'hops': len(f.way.steps) + len([1 for step_ in k.way.steps if not list_contains(f.way.steps, step_)]),
                'steps': f.way.steps || [step_ for step_ in k.way.steps if not list_contains(f.way.steps, step_)],
                'conditions': list_sort(list_distinct(k.way.conditions || f.way.conditions))
            }
            from closure as k
            join gains as g on g.by_node = k.item
            join closure as f on f.principal = k.principal and f.item = g.fact
        ),
        merged as (
            select
                m.principal, m.below, m.item,
                arg_min(m.way, {'standing': m.way.standing, 'hops': m.way.hops, 'steps': m.way.steps}) as way
            from found as m group by m.principal, m.below, m.item
        )
        select (select max(k.round) + 1 from closure as k), m.principal, m.below, m.item, m.way
        from merged as m
        where exists (
            select 1 from merged as w left join closure as k on k.principal = w.principal and k.item = w.item
            where k.item is null
                or {'standing': w.way.standing, 'hops': w.way.hops} < {'standing': k.way.standing, 'hops': k.way.hops}
        )
    )
),

combined as materialized (
    select
        k.principal, k.way.hops as hops, greatest(k.way.standing, g.standing) as standing, k.item as node,
        list_sort(list_distinct(k.way.conditions || g.conditions)) as conditions, array_to_string(k.way.steps, '; ') as path,
        regexp_extract(k.way.steps[1], '-\[(\w+)', 1) as method
    from closure as k
    join goals as g on g.node = k.item
    where k.round = (select max(m.round) from closure as m) and len(k.way.steps) > 0
    qualify row_number() over (
        partition by k.principal order by greatest(k.way.standing, g.standing), k.way.hops, k.item
    ) = 1
),

ways as (
    select
        w.principal, w.method, w.hops, w.standing, w.node,
        list_sort(list_distinct(w.conditions || coalesce(g.conditions, []))) as conditions, w.path
    from walked as w left join goals as g on g.node = w.node
    where w.left_hops = 0 and not regexp_matches(w.node, '^(take|pass|place|class) ')
    union all
    select c.principal, c.method, c.hops, c.standing, c.node, c.conditions, c.path
    from combined as c left join best as n on n.node = c.principal
    where n.node is null or c.standing < n.standing
    union all
    select n.node, 'unread', 0, 4, n.node, g.conditions, n.node
    from best as n join goals as g on g.node = n.node
    where n.hops = 0 and g.standing = 4 and n.node not like '% %'
)

select
    w.principal, split_part(w.principal, ':', 5) as account_id, w.method, cast(w.hops as integer) as hops,
    case when w.path not like '%-> administrator' then split_part(w.node, ' ', 1) end as becomes,
    case when w.standing = 0 then 'certain' when w.standing < 3 then 'conditional' else 'unknown' end as verdict,
    w.conditions, w.path, cast(w.standing as integer) as standing
from ways as w
qualify row_number() over (partition by w.principal, w.method order by w.standing, w.hops, w.path) = 1;
