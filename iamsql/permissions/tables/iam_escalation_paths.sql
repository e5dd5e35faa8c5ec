-- A step of a way as it is shown, from the user or role `arn`: the method with what it changes, and what follows it at once.
create or replace macro iam_path_step(method, object, second, arn) as concat(
    ' -[', method, case when object <> arn then ' ' || object end, ']-> ',
    case when second is not null then concat(arn, ' -[', second, ']-> ') end
);

-- The number of a node, class or service in the search: 63 bits of a hash, which take less memory than the name.
create or replace macro iam_node_id(name) as cast(md5_number(name) % 9223372036854775783 as bigint);

-- How the node is shown to which a step leads; with `is_end` it has the rights of an administrator.
create or replace macro iam_path_target(node, second, is_end) as case
    when second is not null or node = 'administrator' or not contains(node, ' ') then split_part(node, ' ', 1)
    when is_end then 'administrator'
    when node like 'new %' then 'a user or role of its own making'
    else split_part(node, ' ', 1)
end;

-- The ways of users and roles to the rights of an administrator: for each principal, with `every_method` for each principal
-- and method of the first step, the most certain way, and of these the shortest. `standing` is as in iam_subject_methods, and 2 for
-- a way that takes the credentials of somebody else: the principal may give that one more rights, and has no way to use them.
-- An administrator has one row of no hops, whose method is `administrator`.
--
-- The search has two parts. The first goes back from the goals, step by step, over the nodes of iam_escalation_edges. The second goes
-- forward from the principals that the first did not bring there for certain, and keeps all that one of them controls and has
-- changed: it finds what takes two of the identities that a principal controls, one to change a role and another to assume it.
-- gives: principal VARCHAR, account_id VARCHAR, method VARCHAR, hops INTEGER, becomes VARCHAR, verdict VARCHAR, conditions VARCHAR[], path VARCHAR, standing INTEGER
create or replace macro iam_escalation_paths(every_method) as table
with recursive effects as materialized (from iam_escalation_edges(every_method)),

-- `is_principal`: a node is a user or role as it is
vertices as materialized (
    select iam_node_id(n.name) as id, n.name, not contains(n.name, ' ') as is_principal
    from (
        select e.node as name from effects as e
        union
        select e.item from effects as e where e.item is not null
        union
        select e.arn from effects as e where e.effect = 'gain'
        union
        select 'administrator'
    ) as n
),

-- `arn` is the user or role whose node it is, NULL for one that is created on the way
numbered as materialized (
    select
        e.effect, iam_node_id(e.node) as node, iam_node_id(e.item) as item,
        case when not starts_with(e.node, 'new ') then iam_node_id(split_part(e.node, ' ', 1)) end as arn, e.method, e.object, e.standing, e.conditions, starts_with(e.node, 'class ') as is_class,
        coalesce(starts_with(e.item, 'class '), false) as to_class, coalesce(starts_with(e.item, 'new '), false) as is_new,
        contains(e.node, ':user/') as is_user
    from effects as e
    where e.effect <> 'gain'
),

gains as materialized (
    select
        iam_node_id(e.node) as by_node, iam_node_id(e.object) as fact, iam_node_id(e.item) as node, iam_node_id(e.arn) as arn
    from effects as e
    where e.effect = 'gain'
),

goals as materialized (
    select e.node, min(e.standing) as standing, arg_min(e.conditions, e.standing) as conditions
    from numbered as e where e.effect = 'goal' group by e.node
    union all
    select iam_node_id('administrator'), 0, []
),

becoming as (select e.* from numbered as e where e.effect = 'become'),

changing as materialized (select e.* from numbered as e where e.effect = 'fact'),

members as materialized (
    select e.node, e.arn, e.item as class from numbered as e where e.effect = 'run' and e.to_class
),

-- from a service to the roles of what runs there
running as materialized (select e.node, e.item, e.standing from numbered as e where e.effect = 'run' and not e.to_class),

-- the nodes that have what a class or a node itself brings about
owners as materialized (
    select m.node, m.arn, m.class as owner from members as m
    union all
    select distinct e.node, e.arn, e.node from numbered as e where e.effect in ('become', 'fact') and not e.is_class
),

-- Changes of others that the principal may make and not use. The membership of another user counts for roles alone: a user
-- who may join a group itself has what the group gives it.
lent as materialized (
    select c.node, c.method, g.arn, o.node is null as is_idle, g.node as item, c.object, c.conditions
    from changing as c
    join gains as g on g.fact = c.item and g.by_node = g.arn
    left join goals as o on o.node = g.node and o.standing < 4
    where c.standing < 3 and not (c.method = 'add_user_to_group' and c.is_user)
    qualify row_number() over (partition by c.node, c.method, g.arn order by o.node is null, g.node) = 1
),

-- the first two are enough: one of them is another than the principal
lending as materialized (
    select
        w.node, l.method, l.item, l.object, l.conditions, l.name,
        l.others - case when s.arn is not null then 1 else 0 end as others
    from (
        select
            n.*, v.name, count(*) over (partition by n.node, n.method) as others,
            row_number() over (partition by n.node, n.method order by n.is_idle, v.name) as place
        from lent as n join vertices as v on v.id = n.arn
        qualify place <= 2
    ) as l
    join owners as w on w.owner = l.node
    left join lent as s on s.node = l.node and s.method = l.method and s.arn = w.arn
    where l.arn is distinct from w.arn
    qualify row_number() over (partition by w.node, l.method order by l.place) = 1
),

-- whom a class or node that changes others may become itself
used as materialized (
    select b.node, b.is_class, b.method, u.item, greatest(b.standing, u.standing) as standing, b.conditions
    from becoming as b
    join (
        select r.node, r.item, r.standing from running as r
        union all
        select distinct g.by_node, g.by_node, 0 from gains as g
    ) as u on u.node = b.item
    where b.node in (select w.owner from changing as c join owners as o on o.owner = c.node join owners as w on w.node = o.node)
),

-- changes of oneself
own as materialized (
    select w.node, c.method, g.node as item, c.item as fact, c.object, c.standing, c.conditions, c.node as owner
    from gains as g
    join owners as w on w.node = g.by_node
    join changing as c on c.node = w.owner and c.item = g.fact
),

-- `object` is what is changed and `second` the method that follows in the same step
edges as materialized (
    select row_number() over () as edge, e.*
    from (
        select
            b.node, b.is_class, b.method, case when b.is_new and b.object <> 'any' then b.object end as object,
            cast(null as varchar) as second, b.item, 1 as steps, b.standing, b.conditions
        from becoming as b
        union all
        select m.node, false, null, null, null, m.class, 0, 0, [] from members as m
        union all
        select r.node, false, null, null, null, r.item, 0, r.standing, [] from running as r
        union all
        select o.node, false, o.method, nullif(o.object, 'any'), null, o.item, 1, o.standing, o.conditions from own as o
        union all
        -- a policy that is attached and the boundary too is changed in one step
        select
            o.node, false, o.method, nullif(o.object, 'any'), null, h.node, 1, greatest(o.standing, d.standing),
            list_sort(list_distinct(o.conditions || d.conditions))
        from own as o
        join changing as d on d.node = o.owner and d.method = o.method and d.object = o.object and d.item <> o.fact
        join gains as h on h.by_node = o.item and h.fact = d.item
        union all
        -- changes of a user or role that the same node may become
        select
            case when c.is_class then b.node else c.node end, c.is_class and b.is_class, c.method,
            coalesce(nullif(c.object, 'any'), v.name), b.method, g.node, 2, greatest(c.standing, b.standing),
            list_sort(list_distinct(c.conditions || b.conditions))
        from changing as c
        join gains as g on g.fact = c.item
        join used as b on b.item = g.by_node
        join vertices as v on v.id = g.arn
        where b.node = c.node or exists (
            from members as m
            where m.node = case when c.is_class then b.node else c.node end
                and m.class = case when c.is_class then c.node else b.node end
        )
        union all
        select
            l.node, false, l.method, coalesce(nullif(l.object, 'any'), l.name), 'credentials', l.item, 2, 2,
            list_sort(l.conditions || [concat(
                'credentials of ', l.name, case when l.others > 1 then concat(' or one of ', l.others - 1, ' others') end
            )])
        from lending as l
    ) as e
),

-- The best way from each node, found round by round: each round has the whole of what is known. A way's rank is its standing,
-- and after that its number of steps.
near as (
    select 0 as round, g.node, g.standing * 1000000 as rank from goals as g
    union all
    (
        with merged as (
            select m.node, min(m.rank) as rank
            from (
                select n.node, n.rank from near as n
                union all
                select e.node, greatest(e.standing, n.rank // 1000000) * 1000000 + n.rank % 1000000 + e.steps
                from near as n join edges as e on e.item = n.node
            ) as m
            group by m.node
        )
        select (select max(n.round) + 1 from near as n), m.node, m.rank
        from merged as m
        where exists (select 1 from merged as w left join near as n on n.node = w.node where n.node is null or w.rank < n.rank)
    )
),

best as materialized (
    select n.node, n.rank // 1000000 as standing, n.rank % 1000000 as hops
    from near as n where n.round = (select max(m.round) from near as m)
),

-- The steps that lead on, to the roles of a service at once. Of each class and service two are kept, as one of them may lead to
-- the node itself: `best_arn` is where the first leads to.
exits as materialized (
    select r.node, r.item, greatest(r.standing, b.standing) as standing, b.hops
    from running as r
    join best as b on b.node = r.item
    join vertices as v on v.id = r.item
    qualify row_number() over (partition by r.node order by greatest(r.standing, b.standing), b.hops, v.name) <= 2
),

-- `place` orders all of them, the best first; `edge` is the number of the edge, `arn` the user or role that it leads to
onward as materialized (
    select
        o.node, o.is_class, o.method, o.item, iam_node_id(split_part(o.name, ' ', 1)) as arn, o.edge, o.steps, o.hops, o.standing,
        row_number() over (order by o.standing, o.hops, o.edge_standing, o.method, o.name, o.object, o.second, o.conditions) as place
    from (
        select
            e.node, e.is_class, e.method, v.id as item, v.name, e.steps, b.hops + e.steps as hops,
            greatest(e.standing, coalesce(x.standing, b.standing)) as standing,
            e.object, e.second, e.standing as edge_standing, e.conditions, e.edge
        from edges as e
        left join exits as x on x.node = e.item
        join best as b on b.node = coalesce(x.item, e.item)
        join vertices as v on v.id = coalesce(x.item, e.item)
        where e.method is not null
    ) as o
),

short as materialized (
    select
        s.node, s.method, s.item, s.place, first_value(s.arn) over w as best_arn, row_number() over w as nth
    from (
        select o.node, o.method, o.item, o.place, o.arn
        from onward as o
        where o.is_class
        qualify row_number() over (
            partition by o.node, case when every_method then o.method end, o.arn order by o.place
        ) = 1
    ) as s
    window w as (partition by s.node, case when every_method then s.method end order by s.place)
    qualify nth <= 2
),

-- the steps of each node, by their places
steps as (
    select o.node, o.method, o.item, o.place from onward as o where not o.is_class
    union all
    select m.node, s.method, s.item, s.place
    from short as s
    join members as m on m.class = s.node
    where s.nth = case when s.best_arn = m.arn then 2 else 1 end
),

first as materialized (
    select s.node, min(s.place) as place
    from steps as s join vertices as v on v.id = s.node and v.is_principal
    where s.node not in (select g.node from goals as g where g.standing < 4)
        and (every_method or s.node not in (select b.node from best as b where b.hops = 0))
    group by s.node, case when every_method then s.method end
),

next as materialized (
    select n.node, f.name as from_name, o.method, o.item, t.name, o.steps, o.standing, e.object, e.second, e.conditions
    from (
        select s.node, min(s.place) as place
        from steps as s
        where s.node in (select e.item from edges as e) and s.node not in (select b.node from best as b where b.hops = 0)
        group by s.node
    ) as n
    join onward as o on o.place = n.place
    join edges as e on e.edge = o.edge
    join vertices as f on f.id = n.node
    join vertices as t on t.id = o.item
),

-- what follows after a node is reached, found from the goals on
rest as (
    select
        g.node, '' as path, g.conditions, cast(g.standing as bigint) as standing, cast(0 as bigint) as hops, v.name as ends,
        g.standing < 4 or starts_with(v.name, 'new ') as is_end
    from goals as g
    join best as b on b.node = g.node and b.hops = 0
    join vertices as v on v.id = g.node
    union all
    select
        n.node, concat(
            iam_path_step(n.method, n.object, n.second, split_part(n.from_name, ' ', 1)), iam_path_target(n.name, n.second, r.is_end), r.path
        ),
        list_sort(list_distinct(n.conditions || r.conditions)), greatest(n.standing, r.standing), r.hops + n.steps,
        r.ends, false
    from next as n join rest as r on r.node = n.item
),

-- the first steps with all that follows
continued_steps as materialized (
    select
        o.place, o.method, o.steps + r.hops as hops, greatest(o.standing, r.standing) as standing, e.object, e.second,
        concat(iam_path_target(t.name, e.second, r.is_end), r.path) as path, r.ends as node,
        list_sort(list_distinct(e.conditions || r.conditions)) as conditions
    from (select distinct f.place from first as f) as d
    join onward as o on o.place = d.place
    join edges as e on e.edge = o.edge
    join vertices as t on t.id = o.item
    join rest as r on r.node = o.item
),

principal_ways as (
    select
        p.name as principal, w.method, w.hops, w.standing,
        concat(p.name, iam_path_step(w.method, w.object, w.second, p.name), w.path) as path, w.node, w.conditions
    from first as f
    join continued_steps as w on w.place = f.place
    join vertices as p on p.id = f.node
),

-- Who reaches a node that changes others by steps that are more certain than the best way so far. `below` is the standing
-- that such a way has to better.
unsure as materialized (
    with recursive towards as (
        select distinct c.node, c.standing
        from changing as c left join best as b on b.node = c.node
        where c.standing < coalesce(b.standing, 9)
        union
        select e.node, greatest(e.standing, t.standing)
        from towards as t
        join (
            select b.node, b.item, b.standing from becoming as b
            union all
            select r.node, r.item, r.standing from running as r
            union all
            select m.node, m.class, 0 from members as m
        ) as e on e.item = t.node
        left join best as b on b.node = e.node
        where greatest(e.standing, t.standing) < coalesce(b.standing, 9)
    )
    select t.node, v.name, max(coalesce(b.standing, 9)) as below
    from towards as t
    join vertices as v on v.id = t.node and v.is_principal
    left join best as b on b.node = t.node
    where t.node not in (select g.node from goals as g where g.standing < 4)
    group by t.node, v.name
),

-- what the identities that such a principal controls bring about, with names for the steps
following as (
    select e.node, e.item, e.effect, e.method, e.object, e.standing, e.conditions, v.name
    from numbered as e join vertices as v on v.id = e.item
    where e.effect in ('become', 'fact')
),

-- `who` is the user or role of which an item is the class
closure as (
    select 0 as round, u.node as principal, u.below, u.node as item, {
        'standing': 0, 'hops': 0, 'steps': cast([] as varchar[]), 'conditions': cast([] as varchar[]), 'who': u.name
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
                    k.way.who, ' -[', e.method, case
                        when e.effect = 'fact' and e.object = 'any'
                            then ' ' || split_part(e.name, ' ', 3) || ' in ' || split_part(e.name, ' ', 5)
                        when e.effect = 'fact' and e.object <> k.way.who then ' ' || e.object
                    end, ']-> ',
                    case
                        when e.effect = 'fact' then k.way.who
                        when regexp_matches(e.name, '^(take|pass|place) ') then ''
                        else e.name
                    end
                )],
                'conditions': list_sort(list_distinct(k.way.conditions || e.conditions)),
                'who': split_part(e.name, ' ', 1)
            }
            from closure as k join following as e on e.node = k.item
            where e.standing < k.below
            union all
            select k.principal, k.below, r.item, {
                'standing': greatest(k.way.standing, r.standing), 'hops': k.way.hops,
                'steps': k.way.steps[:-2] || [concat(k.way.steps[-1], v.name)], 'conditions': k.way.conditions, 'who': v.name
            }
            from closure as k join running as r on r.node = k.item join vertices as v on v.id = r.item
            where r.standing < k.below
            union all
            select k.principal, k.below, m.class, k.way
            from closure as k join members as m on m.node = k.item
            union all
            select k.principal, k.below, g.node, {
                'standing': greatest(k.way.standing, f.way.standing),
                'hops': len(f.way.steps) + len([1 for step_ in k.way.steps if not list_contains(f.way.steps, step_)]),
                'steps': f.way.steps || [step_ for step_ in k.way.steps if not list_contains(f.way.steps, step_)],
                'conditions': list_sort(list_distinct(k.way.conditions || f.way.conditions)), 'who': v.name
            }
            from closure as k
            join gains as g on g.by_node = k.item
            join closure as f on f.principal = k.principal and f.item = g.fact
            join vertices as v on v.id = g.arn
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
        p.name as principal, k.way.hops as hops, greatest(k.way.standing, g.standing) as standing, v.name as node,
        list_sort(list_distinct(k.way.conditions || g.conditions)) as conditions, array_to_string(k.way.steps, '; ') as path,
        regexp_extract(k.way.steps[1], '-\[(\w+)', 1) as method
    from closure as k
    join goals as g on g.node = k.item
    join vertices as v on v.id = k.item
    join vertices as p on p.id = k.principal
    left join best as b on b.node = k.principal
    where
        k.round = (select max(m.round) from closure as m) and len(k.way.steps) > 0
        and greatest(k.way.standing, g.standing) < coalesce(b.standing, 9)
    qualify row_number() over (
        partition by k.principal order by greatest(k.way.standing, g.standing), k.way.hops, v.name
    ) = 1
),

-- `in` builds a hash table of the few rows of `combined`, where DuckDB would build that of a join of all the others
ways as (
    select w.principal, w.method, w.hops, w.standing, w.node, w.conditions, w.path
    from principal_ways as w
    where concat_ws(' ', w.principal, case when every_method then w.method end)
        not in (select concat_ws(' ', c.principal, case when every_method then c.method end) from combined as c)
    union all
    select c.principal, c.method, c.hops, c.standing, c.node, c.conditions, c.path from combined as c
    union all
    select v.name, case when g.standing < 4 then 'administrator' else 'unread' end, 0, g.standing, v.name, g.conditions, v.name
    from goals as g
    join best as b on b.node = g.node
    join vertices as v on v.id = g.node and v.is_principal
    where v.name <> 'administrator' and (b.hops = 0 or g.standing < 4)
        and (every_method or v.name not in (select c.principal from combined as c))
)

select
    w.principal, split_part(w.principal, ':', 5) as account_id, w.method, cast(w.hops as integer) as hops,
    case when w.path not like '%-> administrator' then split_part(w.node, ' ', 1) end as becomes,
    case when w.standing = 0 then 'certain' when w.standing < 3 then 'conditional' else 'unknown' end as verdict,
    w.conditions, w.path, cast(w.standing as integer) as standing
from ways as w;
