-- The nodes of iam_escalation_nodes, their methods and their classes.

node_rows as materialized (from iam_escalation_nodes()),

nodes as (
    select
        r.node, r.name, r.principal, r.arn, r.account_id, r.state, r.in_groups, r.has_administrator_access, r.is_unbounded, r.items, r.has_limits,
        r.subject
    from node_rows as r where r.node is not null
),

-- The methods of each subject. Nodes with one subject have the same methods.
methods as materialized (
    select
        row_number() over () as method_id, r.subject, r.method, r.kind, r.target, r.service, r.target_action, r.uncertainty,
        r.limits, len(r.limits) > 0 as is_limited, r.conditions, r.other_uncertainty, r.other_conditions
    from node_rows as r where r.node is null
),

goals as materialized (
    select
        n.node, n.principal, min(m.uncertainty) as uncertainty, arg_min(m.conditions, m.uncertainty) as conditions
    from nodes as n join methods as m on m.subject = n.subject
    where m.method in ('administrator', 'unread')
    group by all
),

-- The class of each node. Certain administrators need no path, so they have no class.
classes as materialized (
    select
        n.node, -arg_min(n.node, n.name) over (partition by n.subject, n.account_id, n.state) as class,
        n.principal, n.account_id, n.state, n.subject
    from nodes as n
    where
        n.subject in (select m.subject from methods as m where m.method not in ('administrator', 'unread') and m.kind <> 'aid')
        and n.node not in (select g.node from goals as g where g.uncertainty = 0)
),

-- The classes as nodes. `evaluated_node` is the member that is evaluated for the class.
class_nodes as materialized (
    select c.class as node, c.account_id, c.state, c.subject, c.node as evaluated_node, c.principal
    from classes as c where c.node = -c.class
),

-- The statements that match an action whose evaluation depends on the resource, or that match sts:AssumeRole. There are only a few
-- distinct lists of action patterns.
matching_statements as materialized (
    select
        s.document_id, n.target_action, s.effect, s.has_variables, len(s.conditions) > 0 as has_conditions,
        s.not_resources is not null as is_not_resource, s.is_exact,
        case when s.is_exact or n.target_action = 'sts:AssumeRole' then s.patterns end as patterns
    from (
        select
            e.*, coalesce(e.resources, e.not_resources) as patterns,
            not regexp_matches(array_to_string(coalesce(e.resources, e.not_resources), ' '), '[*?]') as is_exact
        from aws_iam_statement as e
    ) as s
    join (
        select l.action_likes, l.is_action, t.target_action
        from (select distinct e.action_likes, e.actions is not null as is_action from aws_iam_statement as e) as l
        join (
            select distinct m.target_action from methods as m where m.is_limited or m.target_action = 'sts:AssumeRole'
        ) as t on iam_matches_action(l.action_likes, l.is_action, t.target_action)
    ) as n on n.action_likes = s.action_likes and n.is_action = (s.actions is not null)
),

-- The classes with a member that has a policy with variables for an action. The result for the action may differ between the
-- members.
varying_classes as materialized (
    select distinct c.class, s.target_action
    from matching_statements as s
    join aws_iam_principal_policy as p on p.document_id = s.document_id
    join classes as c on c.principal = iam_hash(p.principal_arn)
    where s.has_variables
),

-- The methods of each class, and the methods of each member if they differ. Methods that lead to all roles of a service come
-- later.
node_methods as materialized (
    with target_methods as (
        select m.* exclude (conditions, uncertainty, other_uncertainty, other_conditions)
        from methods as m
        where m.kind in ('self', 'credentials', 'assume', 'create', 'pass')
            and m.method not in ('administrator', 'unread', 'update_saml_provider')
    )

    select n.node, n.principal, n.account_id, n.state, n.evaluated_node, m.*
    from class_nodes as n
    join target_methods as m on m.subject = n.subject
    left join varying_classes as v on v.class = n.node and v.target_action = m.target_action
    where (m.kind <> 'pass' or m.is_limited) and (not m.is_limited or v.class is null)
    union all
    select c.node, c.principal, c.account_id, c.state, c.node, m.*
    from classes as c
    join target_methods as m on m.subject = c.subject and m.is_limited
    join varying_classes as v on v.class = c.class and v.target_action = m.target_action
),
