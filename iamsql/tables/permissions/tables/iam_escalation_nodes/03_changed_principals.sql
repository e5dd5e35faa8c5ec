-- The principals after a change, and the methods that they then have.

-- The groups whose membership can matter. Their policies allow an action of a method, were not read, or may be changed.
useful_groups as materialized (
    select g.account_id, g.arn as object
    from aws_iam_group as g join open_accounts as o on o.account_id = g.account_id
    where o.changes_permissions and o.changes_groups
    union
    select g.account_id, g.group_arn
    from aws_iam_group_policy as g
    join open_accounts as o on o.account_id = g.account_id and o.changes_groups
    left join aws_iam_statement as s on s.document_id = g.document_id and s.effect = 'Allow'
    cross join node_questions as a
    where g.document_id is null or len([
        1 for question_ in a.questions
        if iam_matches_action(s.action_likes, s.actions is not null, question_.action)
    ]) > 0
),

group_pairs as (
    select g.account_id, [g.object, h.object] as in_groups
    from useful_groups as g join useful_groups as h on h.account_id = g.account_id and h.object > g.object
),

-- The changed nodes, with the subject to evaluate. A widened node without a boundary and explicit denies has the permissions of
-- any new user or role with the same organization policies (guardrail_id). Group policies count as if they only allowed.
changed_nodes as materialized (
    select
        r.arn, r.account_id, 'widened' as state, cast([] as varchar[]) as in_groups, true as has_administrator_access, r.is_unbounded, r.items,
        r.has_boundary or r.has_deny as has_limits,
        case when not r.is_bounded and not r.is_denied then concat('new ', r.guardrail_id) end as subject
    from reductions as r
    union all
    select
        r.arn, r.account_id, 'reduced', [], false, r.is_unbounded, r.items, true, null
    from reductions as r
    where r.is_unbounded or len(r.items) > 0
    union all
    select
        r.arn, r.account_id, 'joined', [g.object], false, r.is_unbounded, r.items, r.has_boundary or r.has_deny,
        case
            when not (r.has_boundary or r.has_deny or r.has_unread or r.changes_groups) then concat('new in ', g.object)
        end
    from reductions as r
    join open_accounts as o on o.account_id = r.account_id
    join useful_groups as g on g.account_id = r.account_id
    where o.changes_groups and r.type = 'User'
    union all
    select r.arn, r.account_id, 'joined', g.in_groups, false, false, [], true, null
    from reductions as r join group_pairs as g on g.account_id = r.account_id
    where r.changes_groups and r.type = 'User' and not r.is_unbounded and len(r.items) = 0
    union all
    -- the same service control policies limit a new user or role and the users and roles of the account
    select concat('new ', p.account_id), p.account_id, 'new', [], true, true, [], false, concat('new ', min(p.guardrail_id))
    from changeable_principals as p group by p.account_id
    union all
    select concat('new ', g.account_id), g.account_id, 'new', [g.object], false, true, [], false, concat('new in ', g.object)
    from useful_groups as g
),

named_nodes as materialized (
    select c.* exclude (subject), coalesce(c.subject, c.node) as subject
    from (
        select n.*, iam_changed_node(
            n.arn, n.has_administrator_access and n.state <> 'new', n.in_groups, n.is_unbounded and n.state <> 'new', n.items
        ) as node
        from changed_nodes as n
    ) as c
),

-- One row: the subjects of the changed nodes. A new user or role is evaluated with the account, organization and facts of a
-- principal: the first to which the same organization policies apply.
changed_subjects as materialized (
    select coalesce(list({
        'subject': c.subject, 'principal': coalesce(e.arn, c.arn),
        'groups': c.in_groups, 'removed_items': c.items, 'has_administrator_access': c.has_administrator_access,
        'is_unbounded': c.is_unbounded or c.subject like 'new %', 'is_new': c.subject like 'new %',
        'session_name': cast(null as varchar), 'session_policy': cast(null as varchar), 'session_tags': cast(null as varchar)
    }), []) as listed
    from (from named_nodes as c qualify row_number() over (partition by c.subject order by c.node) = 1) as c
    left join (
        select concat('new ', p.guardrail_id) as subject, min(p.arn) as arn from changeable_principals as p group by all
        union all
        select concat('new in ', g.object), min(p.arn)
        from changeable_principals as p join useful_groups as g using (account_id)
        where p.type = 'User' group by all
    ) as e on e.subject = c.subject
    where coalesce(e.arn, c.arn) not like 'new %'
),

changed_members as materialized (
    from iam_principal_classes(
        (select q.questions from node_questions as q), (select c.listed from changed_subjects as c), false, false, null
    )
),

changed_methods as materialized (
    from iam_subject_methods((select q.question_list from node_questions as q), (
        select [subject_ for subject_ in c.listed if list_contains(l.leaders, subject_.subject)]
        from changed_subjects as c, (select list(distinct m.leader) as leaders from changed_members as m) as l
    ))
)

select
    iam_hash(p.arn) as node, p.arn as name, iam_hash(p.arn) as principal, p.arn, p.account_id, '' as state,
    cast([] as varchar[]) as in_groups, false as has_administrator_access, false as is_unbounded, cast([] as varchar[]) as items,
    cast(null as boolean) as has_limits, iam_hash(p.leader) as subject, cast(null as varchar) as method,
    cast(null as varchar) as kind, cast(null as varchar) as target, cast(null as varchar) as service,
    cast(null as varchar) as target_action, cast(null as integer) as uncertainty, cast(null as varchar[]) as limits,
    cast(null as varchar[]) as conditions, cast(null as integer) as other_uncertainty, cast(null as varchar[]) as other_conditions
from principals as p
union all
select
    iam_hash(c.node), c.node, case when c.state <> 'new' then iam_hash(c.arn) end, c.arn, c.account_id, c.state, c.in_groups,
    c.has_administrator_access, c.is_unbounded, c.items, c.has_limits, iam_hash(coalesce(m.leader, c.subject)),
    null, null, null, null, null, null, null, null, null, null
from named_nodes as c left join changed_members as m on m.principal = c.subject
union all
select
    null, null, null, null, null, null, null, null, null, null, null, iam_hash(a.subject),
    a.method, a.kind, a.target, a.service, a.target_action, a.uncertainty, a.limits, a.conditions, a.other_uncertainty,
    a.other_conditions
from (from node_methods union all from changed_methods where subject not in (select n.subject from node_methods as n)) as a;
