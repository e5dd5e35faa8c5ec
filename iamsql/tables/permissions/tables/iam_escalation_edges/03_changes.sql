-- The changes that a node can make to users, roles, groups and policies.

-- The statements that limit an action to some resources. Statements of removed policies and groups are left out.
limiting_statements as (
    select
        a.node, a.target_action, s.effect, l.layer, s.has_conditions, s.is_not_resource, n.has_administrator_access or len(n.in_groups) > 0 as is_changed,
        s.is_exact and (not s.has_variables or not contains(array_to_string(v.patterns, ' '), '*')) as is_exact, v.patterns
    from (
        select distinct m.node, m.evaluated_node, m.target_action
        from node_methods as m where m.is_limited and m.state <> 'new'
    ) as a
    join nodes as n on n.node = a.evaluated_node
    join aws_iam_principal_policy as l
        on l.principal_arn = n.arn and not (n.is_unbounded and l.layer = 'boundary')
        and not list_contains(n.items, iam_policy_item(l.policy_arn, l.policy_name, l.group_name))
        and not coalesce(list_contains(n.items, iam_group_item(l.group_name)), false)
    join matching_statements as s on s.document_id = l.document_id and s.target_action = a.target_action
    cross join lateral (select case when s.has_variables then [
        regexp_replace(replace(pattern_, '${aws:username}', regexp_extract(n.arn, '[^/]+$')), '\$\{[^}]*\}', '*', 'g')
        for pattern_ in s.patterns
    ] else s.patterns end as patterns) as v
),

-- The resources of an action, if the policies list them without a wildcard. Other users and roles of the account need no
-- evaluation. An explicit deny of all but some resources leaves these resources.
listed_resources as materialized (
    select
        t.node, t.target_action,
        coalesce(
            any_value(t.patterns) filter (t.effect = 'Deny' and t.is_not_resource and not t.has_conditions and t.is_exact),
            flatten(list(t.patterns) filter (t.effect = 'Allow' and t.layer = 'identity'))
        ) as arns
    from limiting_statements as t
    where t.is_exact or t.effect = 'Allow' and t.layer = 'identity'
    group by t.node, t.target_action
    having
        bool_or(t.effect = 'Deny' and t.is_not_resource and not t.has_conditions and t.is_exact)
        or bool_and(t.is_exact and not t.is_changed and not t.is_not_resource) filter (t.effect = 'Allow' and t.layer = 'identity')
),

-- The changes that AWS would refuse, and the methods that make room for them.
refusals as materialized (from iam_escalation_refusals()),

-- The users, roles and groups whose attachments AWS would refuse.
full_principals as materialized (
    select distinct r.object as arn, r.method, split_part(r.object, ':', 5) as account_id from refusals as r
    where iam_attaches_policy(r.method) or r.method = 'add_user_to_group'
),

-- The customer managed policies with the users, roles and groups to which they are attached. A new version widens these
-- principals, or replaces their boundary.
policy_attachments as materialized (
    select distinct l.account_id, l.policy_arn, iam_hash(l.principal_arn) as principal, l.layer
    from aws_iam_principal_policy as l
    where l.policy_arn is not null and not l.is_aws_managed
    union all
    select distinct g.account_id, g.policy_arn, iam_hash(g.group_arn), 'identity'
    from aws_iam_group_policy as g
    where g.policy_arn is not null and split_part(g.policy_arn, ':', 5) <> 'aws'
),

-- The policies with a single version, which have no earlier version to put in force. Only GetAccountAuthorizationDetails, which
-- also returns the tags, returns all versions.
single_versions as materialized (
    select v.account_id, v.policy_arn
    from aws_iam_policy_version as v
    join aws_iam_policy as p on p.account_id = v.account_id and p.arn = v.policy_arn and p.tags_src is not null
    group by v.account_id, v.policy_arn
    having count(*) = 1
),

-- The denying policies and groups that can be taken from nodes, with the policy, and the ARN of the group that has it or is taken.
removable_items as materialized (
    select distinct
        i.principal, i.arn, i.item, l.account_id, g.arn as group_arn, i.item = iam_group_item(l.group_name) as is_group,
        case when i.item <> coalesce(iam_group_item(l.group_name), '') then l.policy_arn end as policy_arn,
        case when i.item <> coalesce(iam_group_item(l.group_name), '') then l.policy_name end as policy_name
    from (
        select distinct r.principal, r.arn, unnest(r.items) as item from nodes as r where len(r.items) > 0
    ) as i
    join aws_iam_principal_policy as l
        on l.principal_arn = i.arn and l.layer = 'identity'
        and i.item in (iam_policy_item(l.policy_arn, l.policy_name, l.group_name), iam_group_item(l.group_name))
    left join aws_iam_group as g on g.account_id = l.account_id and g.name = l.group_name
),

-- The methods that take these items, and their effects. A policy that allows everything can also replace an inline policy that
-- denies.
item_methods as materialized (
    select r.*, m.effect, concat(
        m.verb, '_', case when r.group_arn is not null then 'group' when iam_is_user(r.arn) then 'user' else 'role' end,
        '_policy'
    ) as method
    from removable_items as r
    join (
        select unnest(['detach', 'delete', 'put']) as verb, unnest(['reduced', 'reduced', 'overwritten']) as effect,
            unnest([false, true, true]) as is_inline
    ) as m on m.is_inline = (r.policy_arn is null)
    where not r.is_group and not iam_is_protected_role(r.arn)
    union all
    select r.*, 'reduced', 'remove_user_from_group' from removable_items as r where r.is_group
),

-- The changes that a node can make to users, roles, groups and policies. A change of all users or roles of an account is one
-- change: `object` is NULL, and `detail` describes them. Otherwise `detail` is the policy that the change removes.
-- `least_uncertainty` is the lower limit of the edge's uncertainty. `refused` is the object whose state can make AWS refuse the
-- change.
changes as materialized (
    select c.*, iam_hash(concat_ws(' ', c.effect, coalesce(c.object, c.detail), c.suffix)) as next_node
    from (
        select
            m.*, e.effect, cast(null as varchar) as object, concat(m.target, 's in ', m.account_id) as detail,
            cast(null as varchar) as suffix, cast(null as varchar) as refused, 0 as least_uncertainty
        from node_methods as m
        join (
            select s.effect, unnest(s.methods) as method
            from (values
                ('widened', ['attach_user_policy', 'put_user_policy', 'attach_role_policy', 'put_role_policy']),
                ('unbounded', ['delete_user_boundary', 'put_user_boundary', 'delete_role_boundary', 'put_role_boundary']),
                ('detached', ['detach_user_policy', 'detach_role_policy']),
                ('deleted', ['delete_user_policy', 'delete_role_policy']),
                ('overwritten', ['put_user_policy', 'put_role_policy'])
            ) as s(effect, methods)
        ) as e on e.method = m.method
        where (not m.is_limited or iam_attaches_policy(m.method) and m.limits = ['policy'])
            and concat(m.account_id, m.method) not in (select concat(f.account_id, f.method) from full_principals as f)
        union all
        select
            m.*, case when m.method like '%\_boundary' escape '\' then 'unbounded' else 'widened' end, p.arn, null, null,
            case when f.arn is not null then p.arn end, 0
        from node_methods as m
        left join listed_resources as x on x.node = m.node and x.target_action = m.target_action
        join principals as p
            on p.account_id = m.account_id and p.type = m.target and not p.is_protected
            and (x.arns is null or list_contains(x.arns, p.arn))
            and (p.boundary_arn is not null or m.method not like '%\_boundary' escape '\')
        left join full_principals as f on f.arn = p.arn and f.method = m.method
        where m.kind = 'self' and m.target in ('user', 'role') and not iam_removes_denies(m.method) and (
            m.is_limited and not (iam_attaches_policy(m.method) and m.limits = ['policy'])
            or concat(m.account_id, m.method) in (select concat(a.account_id, a.method) from full_principals as a)
        )
        union all
        select m.*, r.effect, r.arn, coalesce(r.policy_arn, r.policy_name), r.item, null, 0
        from node_methods as m
        join item_methods as r on r.account_id = m.account_id and r.method = m.method and r.group_arn is null
        where m.is_limited
        union all
        select m.*, r.effect, r.group_arn, coalesce(r.policy_arn, r.policy_name), r.item, null, 0
        from node_methods as m
        join (
            select distinct i.account_id, i.method, i.effect, i.group_arn, i.item, i.policy_arn, i.policy_name
            from item_methods as i where i.group_arn is not null
        ) as r on r.account_id = m.account_id and r.method = m.method
        union all
        select m.*, 'widened', g.arn, null, null, g.arn, 0
        from node_methods as m join aws_iam_group as g on g.account_id = m.account_id
        where m.method in ('attach_group_policy', 'put_group_policy')
        union all
        select
            m.*, 'version', t.policy_arn, null, null, t.policy_arn,
            case when m.method = 'set_default_policy_version' then 1 else 0 end
        from node_methods as m
        join (select distinct l.policy_arn, l.account_id from policy_attachments as l) as t on t.account_id = m.account_id
        left join single_versions as v on v.account_id = t.account_id and v.policy_arn = t.policy_arn
        where m.kind = 'self' and m.target = 'policy' and (v.policy_arn is null or m.method <> 'set_default_policy_version')
        union all
        -- a user in as many groups as the quota allows joins one by a change of its own
        select m.*, 'joined', g.group_arn, null, f.arn, f.arn, 0
        from node_methods as m
        join (
            select distinct n.account_id, unnest(n.in_groups) as group_arn from nodes as n where n.state = 'joined'
        ) as g on g.account_id = m.account_id
        join (
            select distinct n.account_id, cast(null as varchar) as arn from nodes as n
            union all
            select u.account_id, u.arn from full_principals as u where u.method = 'add_user_to_group'
        ) as f on f.account_id = m.account_id
        where m.method = 'add_user_to_group'
    ) as c
),
