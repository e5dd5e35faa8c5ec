-- The roles that nodes may assume, and the edges that can lead to an administrator. Other edges are not evaluated.

-- The users and roles that may assume a role without a policy of their own. The trust policy of the role names the principal, a
-- session of it, or everyone. Everyone counts for the principals of the role's account.
trusted_principals as materialized (
    select distinct iam_hash(t.role) as role, t.role as role_arn, iam_hash(p.arn) as principal, p.arn
    from (
        select r.role, case
            when r.trusted_account = '*' then concat('account ', r.account_id)
            when r.trusted like 'arn:%:sts::%:assumed-role/%/%'
                then concat('session ', split_part(r.trusted, ':', 5), '/', split_part(r.trusted, '/', 2))
            else r.trusted
        end as name
        from trusts as r
    ) as t
    join (
        select n.principal_arn as arn, unnest([
            n.principal_arn, n.id, concat('account ', n.account_id),
            case when n.type = 'AssumedRole' then concat('session ', n.account_id, '/', n.name) end
        ]) as name
        from aws_iam_principal as n
    ) as p on p.name = t.name
    where t.role <> p.arn
),

-- The changes that lead on. A useless change counts if another change can follow, because a boundary or a deny may still limit it.
gains as materialized (
    select g.by_node, g.change, g.node, g.principal, g.detail, i.after is not null as is_useless
    from changed_nodes as g
    left join useless_changes as i on i.before = g.by_subject and i.after = g.subject
    where i.after is null or g.has_limits
),

-- The goals, and the nodes that lead to other nodes. Other roles are not worth assuming.
useful_nodes as materialized (
    select g.node from goals as g
    union
    select c.node from classes as c
    union
    select g.by_node from gains as g
    union
    select p.principal from trusted_principals as p
),

-- The roles that a trust policy lets everyone or the account of a node assume. Whether the node may do it is evaluated below. A
-- trust policy that names the account without conditions leaves the decision to the caller's policies (`is_settled`).
account_trusts as materialized (
    select
        a.node, a.principal, t.role_id as role, t.role as role_arn, a.evaluated_node,
        bool_or(t.depends_on_principal or a.is_varying) as depends_on_principal,
        bool_or(t.is_unconditional and not a.is_limited) as is_settled, any_value(a.method_id) as method_id
    from (
        select m.*, v.class is not null as is_varying, unnest([m.account_id, '*']) as as_account
        from node_methods as m
        left join varying_classes as v on v.class = m.node and v.target_action = m.target_action
        where m.method = 'assume_role'
    ) as a
    join (
        select r.*, iam_hash(r.role) as role_id from trusts as r where r.trusted_account is not null
    ) as t on t.trusted_account = a.as_account
    where (a.node < 0 or t.role_id is distinct from a.principal) and t.role_id in (select u.node from useful_nodes as u)
    group by all
),

-- The roles that nodes may assume: by a trust in their account, for the class or for each member, and by a trust in themselves.
-- `arn` is the user or role of a node that has no methods of its own.
assumable_roles as materialized (
    select a.node, a.role, a.role_arn, a.evaluated_node, a.principal, cast(null as varchar) as arn, a.is_settled, a.method_id
    from account_trusts as a
    where a.is_settled or not a.depends_on_principal or a.node > 0
    union all
    select c.node, a.role, a.role_arn, c.node, c.principal, null, false, null
    from account_trusts as a join classes as c on c.class = a.node
    where a.depends_on_principal and not a.is_settled and c.principal is distinct from a.role
    union all
    select n.node, t.role, t.role_arn, n.node, n.principal, null, false, null
    from trusted_principals as t
    join nodes as n on n.principal = t.principal
    where t.role in (select u.node from useful_nodes as u)
        and t.principal not in (select g.principal from goals as g where g.node = g.principal and g.uncertainty = 0)
    union all
    select t.principal, t.role, t.role_arn, t.principal, t.principal, t.arn, false, null
    from trusted_principals as t
    where t.role in (select u.node from useful_nodes as u) and t.principal not in (select n.node from nodes as n)
),

-- All possible edges, before the evaluation of their conditions. A change counts for the node that makes it and for the node that
-- gains by it.
possible_edges as (
    select c.node, c.class as next_node from classes as c
    union all
    select t.node, t.next_node from controls as t
    union all
    select a.node, a.role from assumable_roles as a
    union all
    select n.node, n.service_node from service_edges as n
    union all
    select v.service_node, v.role from services as v
    union all
    select c.node, c.next_node from changes as c
    union all
    select g.change, g.node from gains as g
    union all
    select g.by_node, g.node from gains as g
),

-- The nodes that edges lead to and from. Possible edges lead from the node to a goal, and changes may lead to the node. Other
-- edges are not evaluated.
reachable as materialized (
    with recursive alive_edges as materialized (
        select e.node, e.next_node from possible_edges as e
        where e.node not in (select u.node from impossible_nodes as u)
    ),

    reaching as (
        select g.node from goals as g where g.node not in (select u.node from impossible_nodes as u)
        union
        select iam_hash('administrator')
        union
        select e.node from reaching as r join alive_edges as e on e.next_node = r.node
    )

    select r.node from reaching as r
),

useful_edges as materialized (
    select
        row_number() over () as edge, e.*, m.uncertainty, m.conditions, m.other_uncertainty, m.other_conditions
    from (
        select c.* exclude (suffix, effect), cast(null as varchar) as second_method, 'change' as edge_type from changes as c
        union all by name
        select t.*, cast(null as varchar) as detail, 'control' as edge_type from controls as t
    ) as e
    join methods as m on m.method_id = e.method_id
    where e.node in (select h.node from reachable as h) and e.next_node in (select h.node from reachable as h)
),
