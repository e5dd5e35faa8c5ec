-- Returns the nodes of the search for escalation paths, and their methods. A node is a user or role as it is (`state` is empty),
-- or as it is after changes. `state` is then one of these:
--   widened: a policy that allows everything is attached to it (`has_administrator_access`).
--   joined: it is a member of the group or the two groups of `in_groups`.
--   reduced: it has lost what limits it, and gained nothing.
--   new: a user or role that is created in the account, in the group of `in_groups` if there is one.
-- Widened, joined and reduced nodes can be without their permissions boundary (`is_unbounded`), and without the policies or groups
-- of `items` (iam_denying_policies). `has_limits`: the user or role has such policies or a boundary.
--
-- A node has a row with the `subject` whose methods (iam_subject_methods) it has. Each method of a subject has a row with a NULL
-- `node`. Nodes, subjects and principals are numbers (iam_hash), which take less memory than names. `principal` is the number of
-- the user or role `arn`, and NULL for one that is created.
-- returns: node BIGINT, name VARCHAR, principal BIGINT, arn VARCHAR, account_id VARCHAR, state VARCHAR, in_groups VARCHAR[], has_administrator_access BOOLEAN, is_unbounded BOOLEAN, items VARCHAR[], has_limits BOOLEAN, subject BIGINT, method VARCHAR, kind VARCHAR, target VARCHAR, service VARCHAR, target_action VARCHAR, uncertainty INTEGER, limits VARCHAR[], conditions VARCHAR[], other_uncertainty INTEGER, other_conditions VARCHAR[]
create or replace macro iam_escalation_nodes() as table
-- One row: the questions, with and without their methods.
with node_questions as materialized (
    select
        list(a) as question_list,
        list_distinct(list(iam_subject_question(null, a.action, a.resource, a.context))) as questions
    from iam_escalation_questions() as a
),

node_members as materialized (from iam_principal_classes((select q.questions from node_questions as q), null, false, false, null)),

-- The methods of the users and roles as they are.
node_methods as materialized (
    from iam_subject_methods(
        (select q.question_list from node_questions as q),
        (select list(iam_subject(l.leader)) from (select distinct m.leader from node_members as m) as l)
    )
),

-- The users and roles with the kinds of their methods.
principals as materialized (
    select
        m.principal as arn, m.account_id, m.leader, coalesce(a.is_admin, false) as is_admin, a.changes_permissions,
        a.changes_groups, a.removes_denies
    from node_members as m
    left join (
        select
            n.subject,
            bool_or(n.method = 'administrator' and n.uncertainty < 4) as is_admin,
            bool_or(
                iam_attaches_policy(n.method) or n.method like 'put\_%policy' escape '\'
                or n.method like '%policy\_version' escape '\' and n.kind = 'self' or n.method like '%\_boundary' escape '\'
            ) as changes_permissions,
            bool_or(n.method in ('add_user_to_group', 'create_user_in_group')) as changes_groups,
            bool_or(iam_removes_denies(n.method)) as removes_denies
        from node_methods as n group by n.subject
    ) as a on a.subject = m.leader
    where not iam_is_service_linked_role(m.principal)
),

-- The accounts with a principal that could add users to groups, once its own policies allow all that its boundary allows.
boundaries_that_join as (
    select distinct l.account_id
    from aws_iam_principal_policy as l join aws_iam_statement as s on s.document_id = l.document_id
    where l.layer = 'boundary' and s.effect = 'Allow'
        and iam_matches_action(s.action_likes, s.actions is not null, 'iam:AddUserToGroup')
),

-- The accounts where a principal may change permissions, add users to groups, or remove denies. Only these accounts have changed
-- nodes.
open_accounts as materialized (
    select
        p.account_id, bool_or(p.changes_permissions) as changes_permissions,
        bool_or(p.changes_groups) or bool_or(p.changes_permissions and b.account_id is not null) as changes_groups
    from principals as p left join boundaries_that_join as b on b.account_id = p.account_id
    where not p.is_admin
    group by p.account_id
    having bool_or(p.changes_permissions or p.changes_groups or p.removes_denies)
),

denying_policies as materialized (
    select d.*, o.account_id
    from iam_denying_policies((select q.questions from node_questions as q)) as d
    join open_accounts as o on o.account_id = split_part(d.principal_arn, ':', 5)
    -- a role that AWS manages can change too: the customer can create versions of its customer managed policies
    where not iam_is_protected_role(d.principal_arn) or d.policy_arn is not null and split_part(d.policy_arn, ':', 5) <> 'aws'
),

-- The users and roles that changes can make an administrator, with their limits other than the organization's policies.
changeable_principals as materialized (
    select
        p.principal_arn as arn, p.account_id, p.type, coalesce(p.guardrail_id, 'none') as guardrail_id,
        b.principal_arn is not null or p.tags is null as has_boundary, d.items is not null as has_deny,
        coalesce(d.policies, 0) as denying_policies, coalesce(d.items, 0) as denying_items, u.principal_arn is not null as has_unread,
        coalesce(j.changes_groups, false) as changes_groups
    from aws_iam_principal as p
    join open_accounts as o on o.account_id = p.account_id
    left join principals as j on j.arn = p.principal_arn
    left join (
        select l.principal_arn from aws_iam_principal_policy as l where l.layer = 'boundary'
    ) as b on b.principal_arn = p.principal_arn
    left join (
        select e.principal_arn, count(*) as items, count(*) filter (not e.is_group) as policies
        from denying_policies as e group by e.principal_arn
    ) as d on d.principal_arn = p.principal_arn
    left join (
        select distinct l.principal_arn from aws_iam_principal_policy as l where l.layer = 'identity' and l.document_id is null
    ) as u on u.principal_arn = p.principal_arn
    where not iam_is_service_linked_role(p.principal_arn) and not coalesce(j.is_admin, false)
        and (
            not iam_is_protected_role(p.principal_arn) or p.principal_arn in (
                select l.principal_arn from aws_iam_principal_policy as l
                where l.policy_arn is not null and not l.is_aws_managed
            )
        )
),

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
