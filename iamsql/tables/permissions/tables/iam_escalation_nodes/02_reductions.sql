-- The sets of policies and groups that changes can remove from a principal.

-- The sets of denying policies and groups that can be taken from a user or role: single items, two of up to eight items, and three
-- of up to four items. A set with a group does not have a policy of the group too. `removed` is the number of denying policies that
-- the set removes.
removal_sets as materialized (
    with removals as materialized (
        select e.principal_arn, e.item, e.group_name, e.is_group, p.denying_items, case when e.is_group then count(*) filter (
            not e.is_group
        ) over (partition by e.principal_arn, e.group_name) else 1 end as removed
        from denying_policies as e join changeable_principals as p on p.arn = e.principal_arn
    ),

    pairs as materialized (
        select
            a.principal_arn, a.denying_items, b.item as last_item, [a.item, b.item] as items, a.removed + b.removed as removed,
            [case when a.is_group then a.group_name end, case when b.is_group then b.group_name end] as whole_groups,
            [a.group_name, b.group_name] as group_names
        from removals as a
        join removals as b
            on b.principal_arn = a.principal_arn and b.item > a.item
            and not (a.group_name is not distinct from b.group_name and a.is_group <> b.is_group)
        where a.denying_items <= 8
    )

    select r.principal_arn as arn, [r.item] as items, r.removed from removals as r
    union all
    select p.principal_arn, p.items, p.removed from pairs as p
    union all
    select p.principal_arn, p.items || [r.item], p.removed + r.removed
    from pairs as p
    join removals as r on r.principal_arn = p.principal_arn and r.item > p.last_item
    where p.denying_items <= 4
        and not coalesce(list_contains(case when r.is_group then p.group_names else p.whole_groups end, r.group_name), false)
),

-- What can be taken from each user or role: nothing, its boundary, sets of denying policies, and both. `is_denied`: a denying
-- policy, or one that was not read, remains.
reductions as materialized (
    select
        p.*, coalesce(s.items, []) as items, n.is_unbounded, p.has_boundary and not n.is_unbounded as is_bounded,
        p.denying_policies > coalesce(s.removed, 0) or p.has_unread as is_denied
    from changeable_principals as p
    left join (
        select t.arn, t.items, t.removed from removal_sets as t
        union all
        select r.arn, [], 0 from changeable_principals as r
    ) as s on s.arn = p.arn
    join (select unnest([false, true]) as is_unbounded) as n on not n.is_unbounded or p.has_boundary
),
