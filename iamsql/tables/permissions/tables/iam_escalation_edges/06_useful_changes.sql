-- The node that results from each change, and the changes that have no effect.

-- The effect of each possible change on users and roles: it widens them, removes their boundary, takes `items` from them, or adds
-- them to a group. `detail` describes these items.
effects as materialized (
    select
        p.id as principal, c.next_node as change, c.effect = 'widened' as widens, c.effect = 'unbounded' as unbounds,
        cast([] as varchar[]) as items, cast(null as varchar) as joins, cast(null as varchar) as detail
    from (
        select distinct h.next_node, h.effect, h.object, h.target, h.account_id
        from changes as h where h.effect in ('widened', 'unbounded') and h.target in ('user', 'role')
    ) as c
    join principals as p
        on p.account_id = c.account_id and p.type = c.target and not p.is_protected and (c.object is null or p.arn = c.object)
    union all
    select f.*
    from (
        select m.principal, iam_hash(concat('widened ', m.group_arn)) as change, true, false, [], null, null
        from group_memberships as m
        union all
        select iam_hash(g.arn), iam_hash(concat('widened ', g.arn)), true, false, [], null, null from aws_iam_group as g
        union all
        select
            t.principal, iam_hash(concat('version ', t.policy_arn)), bool_or(t.layer = 'identity'), bool_or(t.layer = 'boundary'),
            iam_sorted_set(coalesce(list(r.item), [])), null, null
        from policy_attachments as t
        left join removable_items as r on r.principal = t.principal and r.policy_arn = t.policy_arn and not r.is_group
        group by t.principal, t.policy_arn
        union all
        select
            r.principal, iam_hash(unnest([
                concat(r.effect, ' ', coalesce(r.group_arn, r.arn), ' ', r.item),
                case when r.group_arn is null then concat(
                    case split_part(r.method, '_', 1)
                        when 'delete' then 'deleted ' when 'detach' then 'detached ' else 'overwritten '
                    end, case when iam_is_user(r.arn) then 'user' else 'role' end, 's in ', r.account_id
                ) end
            ])), r.effect = 'overwritten', false, [r.item], null, coalesce(r.policy_arn, r.policy_name)
        from item_methods as r
        union all
        select
            j.principal, iam_hash(concat_ws(' ', 'joined', j.group_arn, u.arn)), false, false, [], j.group_arn, null
        from (select distinct n.principal, n.arn, unnest(n.in_groups) as group_arn from nodes as n where n.state = 'joined') as j
        left join full_principals as u on u.arn = j.arn and u.method = 'add_user_to_group'
    ) as f
    where f.change in (select c.next_node from changes as c)
),

-- The effect of all possible changes together on each user or role. `taken_alone` are the items that a change takes without
-- widening.
total_effects as (
    select
        f.principal, bool_or(f.unbounds) as unbounds, flatten(list(f.items)) as taken,
        flatten(coalesce(list(f.items) filter (not f.widens), [])) as taken_alone
    from effects as f group by f.principal
),

-- The nodes that no changes can make.
impossible_nodes as materialized (
    select n.node
    from nodes as n left join total_effects as t on t.principal = n.principal
    where n.state not in ('', 'new') and (
        n.is_unbounded and not coalesce(t.unbounds, false)
        or not list_has_all(coalesce(case when n.has_administrator_access then t.taken else t.taken_alone end, []), n.items)
    )
),

-- The users and roles as they are, and as they are after changes.
changeable_nodes as materialized (
    select n.node, n.subject, n.principal, n.arn, n.has_administrator_access, n.in_groups, n.is_unbounded, n.items
    from nodes as n where n.state not in ('', 'new') and n.node not in (select u.node from impossible_nodes as u)
    union all
    select p.principal, o.subject, p.principal, p.arn, false, cast([] as varchar[]), false, cast([] as varchar[])
    from (select distinct n.principal, n.arn from nodes as n where n.state not in ('', 'new')) as p
    left join nodes as o on o.node = p.principal and o.state = ''
),

-- The nodes with the effects of each change. A member of a widened group is widened, in either order of the two changes.
affected_nodes as (
    select n.*, f.change, f.widens, f.unbounds, f.items as taken, f.joins, f.detail
    from changeable_nodes as n join effects as f on f.principal = n.principal
    union all
    select j.* exclude (group_arn), f.change, true, false, [], null, null
    from (select n.*, unnest(n.in_groups) as group_arn from changeable_nodes as n) as j
    join effects as f on f.principal = iam_hash(j.group_arn) and f.widens
),

-- The node that results from each change of a node.
changed_nodes as materialized (
    select c.by_node, c.by_subject, c.change, n.node, n.principal, n.has_limits, n.subject, c.detail, n.state
    from (
        select a.node as by_node, a.subject as by_subject, a.change, a.detail, iam_hash(iam_changed_node(
            a.arn, a.has_administrator_access or a.widens,
            case
                when a.has_administrator_access or a.widens then []
                when a.joins is null then a.in_groups else iam_sorted_set(a.in_groups || [a.joins])
            end,
            a.is_unbounded or a.unbounds, iam_sorted_set(a.items || a.taken)
        )) as node
        from affected_nodes as a
    ) as c
    join nodes as n on n.node = c.node
    where n.node <> c.by_node
),

-- The changes that give a subject no method that it does not have.
useless_changes as materialized (
    select p.before, p.after
    from (
        select distinct g.by_subject as before, g.subject as after
        from changed_nodes as g where g.state <> 'joined' and g.by_subject is not null
    ) as p
    where not exists (
        from methods as a
        where a.subject = p.after and not exists (
            from methods as o
            where
                o.subject = p.before and o.method = a.method and o.kind = a.kind and o.service is not distinct from a.service
                and o.uncertainty <= a.uncertainty and (a.is_limited or not o.is_limited)
        )
    )
),
