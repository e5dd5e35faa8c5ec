-- The users and roles that a node can control without a change, for example with a new access key.

-- The users and roles that a node can control, one by one.
controls as materialized (
    select m.*, p.id as next_node, p.arn as object, p.arn as refused, cast(null as varchar) as second_method, 0 as least_uncertainty
    from node_methods as m
    left join listed_resources as x on m.is_limited and x.node = m.node and x.target_action = m.target_action
    join principals as p
        on p.account_id = m.account_id and p.type = m.target and not p.is_protected
        and (m.node < 0 or p.id is distinct from m.principal) and (x.arns is null or list_contains(x.arns, p.arn))
    where
        (m.kind = 'credentials' and m.method not like 'create\_user\_%' escape '\' or m.method = 'update_assume_role_policy')
        -- UpdateLoginProfile needs a login profile
        and not (m.method = 'update_login_profile' and not coalesce(p.password_enabled, true))
    union all
    select m.*, s.role, s.arn, null, null, s.least_uncertainty
    from node_methods as m
    join service_methods as b on b.method_id = m.method_id
    left join listed_resources as x on x.node = m.node and x.target_action = m.target_action
    join services as s
        on s.account_id = m.account_id and s.service = b.assuming_service and s.reach = b.reach
        and (m.node < 0 or s.role is distinct from m.principal) and (x.arns is null or list_contains(x.arns, s.arn))
    where m.kind = 'pass'
    union all
    -- new users and roles, and nodes that the data does not have: permission sets and root sessions
    select m.*, iam_hash(concat('new ', m.account_id)), null, null, null, 0
    from node_methods as m
    where m.method like 'create\_%\_with\_%' escape '\' and m.kind <> 'create'
    union all
    -- new users and roles that get a policy other than AdministratorAccess, or a boundary that is removed or replaced at once
    select m.*, iam_hash(concat('new ', m.account_id)), null, null, r.method, 0
    from node_methods as m
    join (
        select a.subject, a.method from methods as a where a.method in ('delete_user_boundary', 'delete_role_boundary')
        union all
        select a.subject, a.method from methods as a where a.method in ('put_user_boundary', 'put_role_boundary')
        union all
        select distinct a.subject, null from methods as a where list_contains(a.limits, 'policy')
    ) as r on r.subject = m.subject and (r.method is null or contains(r.method, concat('_', m.target, '_')))
    where m.kind = 'create' and m.is_limited and concat(m.subject, ' ', m.method) not in (
        select concat(o.subject, ' ', o.method) from methods as o where o.kind <> 'create' and o.uncertainty = 0
    )
    union all
    select m.*, n.node, n.in_groups[1], null, null, 0
    from node_methods as m
    join nodes as n on n.account_id = m.account_id and n.state = 'new' and len(n.in_groups) > 0
    where m.method = 'create_user_in_group'
    union all
    select m.*, iam_hash('administrator'), null, null, null, 1
    from node_methods as m
    join administration_accounts as c
        on c.account_id = m.account_id and c.service = case when m.method = 'assume_root' then 'iam' else 'sso' end
    where m.kind in ('assume', 'self') and m.target = '*'
),
