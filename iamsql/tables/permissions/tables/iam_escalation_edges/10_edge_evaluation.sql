-- The evaluation of the edges that depend on their target.

assume_edges as materialized (
    select s.*, iam_question_id(s.evaluated_node, 'sts:AssumeRole', s.role_arn, iam_no_context()) as question_id
    from assumable_roles as s
    where s.node in (select h.node from reachable as h) and s.next_node in (select h.node from reachable as h)
),

-- One row: the nodes to evaluate, as subjects. A new user or role has the facts of the first principal of its account.
evaluated_nodes as materialized (
    select coalesce(list({
        'subject': cast(q.node as varchar), 'principal': coalesce(e.arn, n.arn, q.arn),
        'groups': coalesce(n.in_groups, []), 'removed_items': coalesce(n.items, []),
        'has_administrator_access': coalesce(n.has_administrator_access, false), 'is_unbounded': coalesce(n.is_unbounded, false),
        'is_new': coalesce(n.state = 'new', false),
        'session_name': cast(null as varchar), 'session_policy': cast(null as varchar), 'session_tags': cast(null as varchar)
    }), []) as listed
    from (
        select l.subject as node, cast(null as varchar) as arn from edge_checks as l
        union
        select l.subject, null from aid_checks as l
        union
        select a.evaluated_node, a.arn from assume_edges as a where not a.is_settled
    ) as q
    left join nodes as n on n.node = q.node
    left join account_examples as e on e.account_id = n.account_id and n.state = 'new'
),

edge_questions as materialized (
    select
        q.question_id, any_value(q.subject) as subject, any_value(q.action) as action, any_value(q.resource) as resource,
        any_value(q.context) as context, row_number() over (order by q.question_id) as question
    from (
        select c.question_id, c.subject, c.action, c.resource, c.context from edge_checks as c
        union all
        select a.question_id, a.subject, a.action, a.resource, iam_no_context() from aid_checks as a
        union all
        select e.question_id, e.evaluated_node, 'sts:AssumeRole', e.role_arn, iam_no_context()
        from assume_edges as e where not e.is_settled
    ) as q
    group by q.question_id
),

-- The questions that are allowed.
edge_results as materialized (
    select
        q.question_id, case when e.as_read <> 'denied' then e.reasons else [] end || [
            'not read: ' || name_ for name_ in coalesce(e.missing, [])
        ] as conditions,
        case
            when e.as_read = 'denied' then 4 when e.verdict = 'unknown' then 3 when len(e.reasons) > 0 then 1 else 0
        end as uncertainty
    from iam_evaluation(
        (
            select list(iam_subject_question(cast(o.subject as varchar), o.action, o.resource, o.context) order by o.question)
            from edge_questions as o
        ),
        (select n.listed from evaluated_nodes as n), true, null
    ) as e
    join edge_questions as q on q.question = e.question
    where e.verdict <> 'denied'
),

-- The best alternative of each edge. An edge without a row here has no alternative that is allowed.
edge_outcomes as materialized (
    select a.edge, min(a.uncertainty) as uncertainty, arg_min(a.conditions, {'n': a.uncertainty, 'c': a.conditions}) as conditions
    from (
        select
            k.edge, k.alternative, max(c.uncertainty) as uncertainty, iam_sorted_set(flatten(list(c.conditions))) as conditions
        from edge_checks as k
        left join edge_results as c on c.question_id = k.question_id
        group by k.edge, k.alternative
        having count(c.question_id) = count(*)
    ) as a
    group by a.edge
),

-- The conditions of the edges that AWS would refuse, if nothing makes room.
refused_conditions as materialized (
    select r.edge, iam_sorted_set(list(r.condition)) as conditions, bool_or(r.is_final) as is_final
    from refused_edges as r
    where not r.is_allowed and concat(r.edge, ' ', r.condition) not in (
        select concat(k.edge, ' ', k.condition)
        from aid_checks as k
        join edge_results as c on c.question_id = k.question_id
        where c.uncertainty = 0
    )
    group by r.edge
),
