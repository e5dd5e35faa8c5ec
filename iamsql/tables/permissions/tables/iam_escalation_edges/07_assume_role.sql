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

-- The roles that trust policies let everyone or an account assume, in groups. The trust policies, and the resource control policies
-- that apply, have the same result for all roles of a group. A group is a node that leads to its roles without a step. Otherwise each
-- node that may assume roles would have an edge to each role.
role_groups as materialized (
    select
        r.account_id, r.trusted_account, r.role_id as role, r.role as role_arn, r.is_unconditional, r.depends_on_principal,
        iam_hash(concat_ws(
            ' ', 'roles that trust', r.trusted_account, r.organization_id, case when not r.is_unconditional then r.policies end,
            case when r.depends_on_role then r.role end
        )) as group_node
    from (select t.*, iam_hash(t.role) as role_id from trusts as t where t.trusted_account is not null) as r
    where r.role_id in (select u.node from useful_nodes as u)
),

-- Two roles of each group, which are evaluated for the group. They are in different accounts if the group has such roles, because a
-- trust policy that allows everyone suffices for principals of its own account.
group_examples as materialized (
    select
        g.group_node, g.trusted_account, min(g.role_arn) as role_arn, g.account_id, bool_and(g.is_unconditional) as is_unconditional,
        bool_or(g.depends_on_principal) as depends_on_principal
    from role_groups as g
    group by g.group_node, g.trusted_account, g.account_id
    qualify row_number() over (partition by g.group_node order by g.account_id) <= 2
),

-- The methods that assume roles. `by_role`: the policies of the node have different results for different roles.
-- `by_organization`: they have different results for the organizations of roles.
assume_role_methods as materialized (
    select
        m.node, m.principal, m.evaluated_node, m.account_id, m.method_id, m.is_limited, v.class is not null as is_varying,
        m.is_limited or iam_differs_between_roles([lower(key_) for key_ in k.conditions]) as by_role,
        list_contains([lower(key_) for key_ in k.conditions], 'aws:resourceorgid') as by_organization
    from node_methods as m
    join methods as k on k.method_id = m.method_id
    left join varying_classes as v on v.class = m.node and v.target_action = m.target_action
    where m.method = 'assume_role'
),

-- The roles that the policies of a node list, as LIKE patterns. A node without a row here can have an Allow for every role.
listed_role_patterns as materialized (
    select t.node, [iam_like(pattern_) for pattern_ in list_sort(list_distinct(flatten(list(t.patterns))))] as patterns
    from limiting_statements as t
    where t.target_action = 'sts:AssumeRole' and t.effect = 'Allow' and t.layer = 'identity'
    group by t.node
    having bool_and(not t.is_changed and not t.is_not_resource and not list_contains(t.patterns, '*'))
),

listed_roles as materialized (
    select p.patterns, r.role
    from (select distinct l.patterns from listed_role_patterns as l) as p
    join (select distinct g.role, g.role_arn from role_groups as g) as r
        on len([1 for like_ in p.patterns if r.role_arn like like_ escape '\']) > 0
),

-- The groups, and the single roles, that a trust policy lets everyone or the account of a node assume. Whether the node may do it is
-- evaluated below. A trust policy without conditions leaves the decision to the policies of the node (`is_settled`).
account_trusts as materialized (
    select
        a.node, a.principal, e.group_node as next_node, e.role_arn, a.evaluated_node,
        e.depends_on_principal or a.is_varying as depends_on_principal, e.is_unconditional and not a.by_organization as is_settled, a.method_id
    from (select m.*, unnest([m.account_id, '*']) as as_account from assume_role_methods as m) as a
    join group_examples as e on e.trusted_account = a.as_account
    where not a.by_role
    qualify row_number() over (
        partition by a.node, e.group_node order by e.account_id = a.account_id, e.account_id
    ) = 1
    union all
    select
        a.node, a.principal, g.role, g.role_arn, a.evaluated_node, bool_or(g.depends_on_principal or a.is_varying), false,
        any_value(a.method_id)
    from (select m.*, unnest([m.account_id, '*']) as as_account from assume_role_methods as m where m.by_role) as a
    join role_groups as g on g.trusted_account = a.as_account
    left join listed_role_patterns as l on a.is_limited and l.node = a.node
    where (a.node < 0 or g.role is distinct from a.principal)
        and (l.node is null or exists (select 1 from listed_roles as r where r.patterns = l.patterns and r.role = g.role))
    group by all
),

-- The roles and groups of roles that nodes may assume: by a trust in their account, for the class or for each member, and by a trust
-- in themselves. `arn` is the user or role of a node that has no methods of its own.
assumable_roles as materialized (
    select a.node, a.next_node, a.role_arn, a.evaluated_node, a.principal, cast(null as varchar) as arn, a.is_settled, a.method_id
    from account_trusts as a
    where a.is_settled or not a.depends_on_principal or a.node > 0
    union all
    select c.node, a.next_node, a.role_arn, c.node, c.principal, null, false, null
    from account_trusts as a join classes as c on c.class = a.node
    where a.depends_on_principal and not a.is_settled and c.principal is distinct from a.next_node
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
    select a.node, a.next_node from assumable_roles as a
    union all
    select g.group_node, g.role from role_groups as g
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
