-- The actions that decide an edge, and the edges that AWS would refuse in the present state of their target.

-- The actions that decide edges, if an action depends on the target. Each edge has alternatives. All actions of an alternative
-- have to be allowed.
edge_checks as materialized (
    select c.*, iam_question_id(c.subject, c.action, c.resource, c.context) as question_id
    from (
        select
            w.edge, coalesce(c.policy_arn, '') as alternative, w.evaluated_node as subject, w.target_action as action,
            coalesce(k.example, w.object, concat('any ', w.target)) as resource,
            case when w.target_action = 'iam:PassRole'
                then [{'key': 'iam:passedtoservice', 'values': [w.service]}] else iam_no_context() end
            || case when iam_attaches_policy(w.method) or starts_with(w.method, 'detach_')
                then [{'key': 'iam:policyarn', 'values': [coalesce(c.policy_arn, w.detail)]}] else iam_no_context() end
            || case
                when w.target_action like 'iam:Put%PermissionsBoundary' then [{
                    'key': 'iam:permissionsboundary', 'values': [iam_administrator_access(split_part(w.object, ':', 2))]
                }]
                when w.object is not null and w.kind = 'self' and w.target in ('user', 'role') then [{
                    'key': 'iam:permissionsboundary', 'values': case when t.boundary_arn is not null then [t.boundary_arn] end
                }]
                else iam_no_context()
            end as context
        from useful_edges as w
        left join alike_objects as k on k.object = w.object
        left join principals as t on t.arn = w.object
        left join attachable_policies as c
            on iam_attaches_policy(w.method) and c.account_id = w.account_id
            and (list_contains(w.limits, 'policy') or c.policy_arn like 'arn:%:iam::aws:policy/AdministratorAccess')
        where (w.is_limited or w.method = 'create_user_in_group') and w.kind <> 'create'
            and (w.object is not null or w.limits = ['policy']) and w.target <> '*'
        union all
        select
            n.edge, concat(n.policy_arn, ' ', n.boundary_arn), n.evaluated_node, n.action, concat('any ', n.target),
            case when n.action like 'iam:Attach%'
                then [{'key': 'iam:policyarn', 'values': [n.policy_arn]}] else iam_no_context() end
            || [{
                'key': 'iam:permissionsboundary', 'values': case
                    when n.action like 'iam:Put%PermissionsBoundary' then [iam_administrator_access(split_part(n.boundary_arn, ':', 2))]
                    when n.boundary_arn is not null then [n.boundary_arn]
                end
            }]
        from (
            select
                w.edge, w.evaluated_node, w.target, c.policy_arn, b.arn as boundary_arn, unnest(list_distinct(
                    flatten([a_.actions for a_ in q.actions if a_."method" in (w.method, w.second_method)])
                )) as action
            from useful_edges as w
            join attachable_policies as c
                on c.account_id = w.account_id
                and (list_contains(w.limits, 'policy') or c.policy_arn like 'arn:%:iam::aws:policy/AdministratorAccess')
            left join required_boundaries as b on w.second_method is not null and b.account_id = w.account_id
            cross join (select list({'method': p.method, 'actions': p.actions}) as actions from iam_privesc_methods() as p) as q
            where w.kind = 'create' and (w.second_method is null or b.arn is not null)
        ) as n
        where n.action <> 'iam:CreateAccessKey'
    ) as c
),

-- The edges that AWS would refuse, with the methods that make room. Such a method is certain on all resources (`is_allowed`), or
-- `aid_action` is evaluated for some. The members of a class may be allowed it for different resources.
refused_edges as materialized (
    select
        w.edge, w.evaluated_node, r.condition, r.is_final, coalesce(not m.is_limited and m.uncertainty = 0, false) as is_allowed,
        case
            when m.is_limited and v.class is null then m.target_action
        end as aid_action,
        case when r.aid = 'free_membership' then r.resources else [r.object] end as resources
    from useful_edges as w
    join refusals as r on r.method = w.method and r.object = w.refused
    left join methods as m on m.subject = w.subject and m.kind = 'aid' and m.method = r.aid
    left join varying_classes as v on v.class = w.node and v.target_action = m.target_action
),

aid_checks as materialized (
    select c.*, iam_question_id(c.subject, c.action, c.resource, iam_no_context()) as question_id
    from (
        select r.edge, r.condition, r.evaluated_node as subject, r.aid_action as action, unnest(r.resources) as resource
        from refused_edges as r where r.aid_action is not null and not r.is_allowed
    ) as c
),
