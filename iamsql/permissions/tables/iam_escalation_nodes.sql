-- The nodes of the search for escalation paths, and the methods that they have. A node is a user or role as it is (`state` is
-- empty), or as it is after a change:
--   widened: a policy that allows everything is attached to it;
--   rewritten: a policy of its own, `object`, allows everything instead of its present permissions;
--   unbounded: its permissions boundary is removed;
--   joined: it is a member of the group `object`, or of two groups, and perhaps without its boundary;
--   new: a user or role that is created in the account, in the group `object` where there is one.
-- A node has a row with the `subject` whose methods (iam_subject_methods) it has. Each method of a subject has a row, in which
-- `node` is NULL.
-- gives: node VARCHAR, arn VARCHAR, account_id VARCHAR, state VARCHAR, object VARCHAR, is_unbounded BOOLEAN, subject VARCHAR, method VARCHAR, kind VARCHAR, target VARCHAR, service VARCHAR, target_action VARCHAR, uncertainty INTEGER, is_limited BOOLEAN, conditions VARCHAR[], other_uncertainty INTEGER, other_conditions VARCHAR[]
create or replace macro iam_escalation_nodes() as table
-- One row: the questions with their methods, and without.
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

-- The users and roles with what kinds of methods they have.
principals as materialized (
    select
        m.principal as arn, m.account_id, m.leader, coalesce(a.is_admin, false) as is_admin, a.changes_permissions,
        a.changes_groups
    from node_members as m
    left join (
        select
            n.subject,
            bool_or(n.method = 'administrator' and n.uncertainty < 4) as is_admin,
            bool_or(
                n.method like 'attach\_%' escape '\' or n.method like 'put\_%policy' escape '\'
                or n.method like '%policy\_version' escape '\' or n.method like '%\_boundary' escape '\'
            ) as changes_permissions,
            bool_or(n.method in ('add_user_to_group', 'create_user_in_group')) as changes_groups
        from node_methods as n group by n.subject
    ) as a on a.subject = m.leader
    where m.principal not like '%:role/aws-service-role/%'
),

-- The accounts with a principal that could add users to groups, once its own policies allow all that its boundary allows.
boundaries_that_join as (
    select distinct l.account_id
    from aws_iam_principal_policy as l join aws_iam_statement as s on s.document_id = l.document_id
    where l.layer = 'boundary' and s.effect = 'Allow'
        and iam_matches_action(s.action_likes, s.actions is not null, 'iam:AddUserToGroup')
),

-- The accounts in which some principal may change permissions or add users to groups. Only these have changed nodes.
open_accounts as materialized (
    select
        p.account_id, bool_or(p.changes_permissions) as changes_permissions,
        bool_or(p.changes_groups) or bool_or(p.changes_permissions and b.account_id is not null) as changes_groups
    from principals as p left join boundaries_that_join as b on b.account_id = p.account_id
    where not p.is_admin
    group by p.account_id
    having bool_or(p.changes_permissions or p.changes_groups)
),

-- The policies of each principal that have an explicit deny.
denying_policies as materialized (
    select distinct l.principal_arn, l.policy_arn
    from aws_iam_principal_policy as l
    join aws_iam_statement as s on s.document_id = l.document_id
    where l.layer = 'identity' and s.effect = 'Deny'
),

-- The users and roles that a change can make an administrator, with what limits them besides the organization's policies.
changeable_principals as materialized (
    select
        p.principal_arn as arn, p.account_id, p.type, coalesce(p.guardrail_id, 'none') as guardrail_id,
        b.principal_arn is not null or p.tags is null as has_boundary,
        d.principal_arn is not null or u.principal_arn is not null as has_deny, coalesce(j.changes_groups, false) as changes_groups
    from aws_iam_principal as p
    join open_accounts as o on o.account_id = p.account_id
    left join principals as j on j.arn = p.principal_arn
    left join (
        select l.principal_arn from aws_iam_principal_policy as l where l.layer = 'boundary'
    ) as b on b.principal_arn = p.principal_arn
    left join (select distinct e.principal_arn from denying_policies as e) as d on d.principal_arn = p.principal_arn
    left join (
        select distinct l.principal_arn from aws_iam_principal_policy as l where l.layer = 'identity' and l.document_id is null
    ) as u on u.principal_arn = p.principal_arn
    where p.principal_arn not like '%:role/aws-service-role/%' and not coalesce(j.is_admin, false)
),

-- The groups whose membership can matter: their policies allow an action of a method, or were not read, or may be changed.
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
    select g.account_id, concat(g.object, ' and ', h.object) as object
    from useful_groups as g join useful_groups as h on h.account_id = g.account_id and h.object > g.object
),

-- The changed nodes, with the subject to evaluate. Without a boundary and explicit denies, a widened node has the permissions
-- that any new user or role with the same organization policies (guardrail_id) has.
changed_nodes as materialized (
    select p.arn, p.account_id, 'widened' as state, cast(null as varchar) as object, false as is_unbounded,
        case when p.has_boundary or p.has_deny then concat(p.arn, ' widened') else concat('new ', p.guardrail_id) end as subject
    from changeable_principals as p
    union all
    select p.arn, p.account_id, 'widened', null, true,
        case when p.has_deny then concat(p.arn, ' widened unbounded') else concat('new ', p.guardrail_id) end
    from changeable_principals as p
    where p.has_boundary
    union all
    select p.arn, p.account_id, 'rewritten', d.policy_arn, false, concat(p.arn, ' rewritten ', d.policy_arn)
    from changeable_principals as p
    join (
        select e.principal_arn, e.policy_arn from denying_policies as e
        union
        -- a policy that is both attached and the permissions boundary
        select l.principal_arn, l.policy_arn
        from aws_iam_principal_policy as l
        where l.policy_arn is not null
        group by l.principal_arn, l.policy_arn
        having count(distinct l.layer) = 2
    ) as d on d.principal_arn = p.arn
    where split_part(d.policy_arn, ':', 5) <> 'aws'
    union all
    select p.arn, p.account_id, 'unbounded', null, true, concat(p.arn, ' unbounded')
    from changeable_principals as p
    where p.has_boundary
    union all
    select p.arn, p.account_id, 'joined', g.object, n.is_unbounded, case
        when p.has_boundary or p.has_deny or p.changes_groups
            then concat(p.arn, case when n.is_unbounded then ' unbounded' end, ' in ', g.object)
        else concat('new in ', g.object)
    end
    from changeable_principals as p
    join open_accounts as o using (account_id)
    join useful_groups as g using (account_id)
    join (select unnest([false, true]) as is_unbounded) as n on not n.is_unbounded or p.has_boundary
    where o.changes_groups and p.type = 'User'
    union all
    select p.arn, p.account_id, 'joined', g.object, false, concat(p.arn, ' in ', g.object)
    from changeable_principals as p join group_pairs as g using (account_id)
    where p.changes_groups and p.type = 'User'
    union all
    -- the service control policies limit a new user or role as they limit those of the account
    select concat('new ', p.account_id), p.account_id, 'new', null, true, concat('new ', min(p.guardrail_id))
    from changeable_principals as p group by p.account_id
    union all
    select concat('new ', g.account_id), g.account_id, 'new', g.object, true, concat('new in ', g.object) from useful_groups as g
),

-- One row: the subjects of the changed nodes. A new user or role is evaluated with the account, organization and facts of the
-- first principal that the same organization policies apply to.
changed_subjects as materialized (
    select coalesce(list({
        'subject': c.subject, 'principal': coalesce(e.arn, c.arn),
        'groups': case when c.state in ('joined', 'new') and c.object is not null then string_split(c.object, ' and ') end,
        'without_arn': case when c.state = 'rewritten' then c.object end,
        'is_widened': c.state in ('widened', 'rewritten') or c.state = 'new' and c.object is null,
        'is_unbounded': c.is_unbounded or c.subject like 'new %',
        'is_new': c.subject like 'new %',
        'session_name': cast(null as varchar), 'session_policy': cast(null as varchar), 'session_tags': cast(null as varchar)
    }), []) as listed
    from (from changed_nodes as c qualify row_number() over (partition by c.subject order by c.arn) = 1) as c
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
    p.arn as node, p.arn, p.account_id, '' as state, cast(null as varchar) as object, false as is_unbounded, p.leader as subject,
    cast(null as varchar) as method, cast(null as varchar) as kind, cast(null as varchar) as target,
    cast(null as varchar) as service, cast(null as varchar) as target_action, cast(null as integer) as uncertainty,
    cast(null as boolean) as is_limited, cast(null as varchar[]) as conditions, cast(null as integer) as other_uncertainty,
    cast(null as varchar[]) as other_conditions
from principals as p
union all
select
    concat_ws(
        ' ', c.arn, case c.state when 'widened' then 'widened' when 'rewritten' then 'rewritten ' || c.object end,
        case when c.is_unbounded and c.state <> 'new' then 'unbounded' end,
        case when c.state in ('joined', 'new') and c.object is not null then 'in ' || c.object end
    ),
    c.arn, c.account_id, c.state, c.object, c.is_unbounded, coalesce(m.leader, c.subject),
    null, null, null, null, null, null, null, null, null, null
from changed_nodes as c left join changed_members as m on m.principal = c.subject
union all
select
    null, null, null, null, null, null, a.subject,
    a.method, a.kind, a.target, a.service, a.target_action, a.uncertainty, a.is_limited, a.conditions, a.other_uncertainty,
    a.other_conditions
from (from node_methods union all from changed_methods where subject not in (select n.subject from node_methods as n)) as a;
