-- The nodes of the search for ways to more rights, and what they can do. A node is a user or role as it is (`state` is empty), or
-- as it would be after a change:
--   widened: a policy that allows everything is attached to it;
--   rewritten: a policy of its own, `object`, allows everything instead of what it says;
--   unbounded: its permissions boundary is removed;
--   joined: it is in the group `object`, or in two, and perhaps without its boundary;
--   new: one that is created in an account, in the group `object` where there is one.
-- A node has a row with `alike`, the subject whose abilities (iam_subject_methods) it has; each ability of such a subject has a row of
-- which `node` is null.
-- gives: node VARCHAR, arn VARCHAR, account_id VARCHAR, state VARCHAR, object VARCHAR, is_unbounded BOOLEAN, alike VARCHAR, method VARCHAR, kind VARCHAR, target VARCHAR, service VARCHAR, on_target VARCHAR, standing INTEGER, is_limited BOOLEAN, conditions VARCHAR[], besides INTEGER, besides_conditions VARCHAR[]
create or replace macro iam_escalation_nodes() as table
with node_questions as materialized (
    select list(a) as every_one, list_distinct(list(iam_subject_question(null, a.action, a.resource, a.context, false))) as listed
    from iam_escalation_questions() as a
),

node_members as materialized (from iam_principal_classes((select a.listed from node_questions as a), null, false, false)),

node_abilities as materialized (
    from iam_subject_methods(
        (select a.every_one from node_questions as a),
        (select list(iam_subject(l.leader)) from (select distinct m.leader from node_members as m) as l)
    )
),

principals as materialized (
    select m.principal as arn, m.account_id, m.leader, coalesce(a.is_admin, false) as is_admin, a.changes, a.joins
    from node_members as m
    left join (
        select
            b.subject,
            bool_or(b.method = 'administrator' and b.standing < 4) as is_admin,
            bool_or(
                b.method like 'attach\_%' escape '\' or b.method like 'put\_%policy' escape '\'
                or b.method like '%policy\_version' escape '\' or b.method like '%\_boundary' escape '\'
            ) as changes,
            bool_or(b.method in ('add_user_to_group', 'create_user_in_group')) as joins
        from node_abilities as b group by b.subject
    ) as a on a.subject = m.leader
    where m.principal not like '%:role/aws-service-role/%'
),

-- who may add users to groups, if its own policies allowed what its boundary does
boundaries_that_join as (
    select distinct l.account_id
    from aws_iam_principal_policy as l join aws_iam_statement as s on s.document_id = l.document_id
    where l.layer = 'boundary' and s.effect = 'Allow' and iam_matches_action(s.action_likes, s.actions is not null, 'iam:AddUserToGroup')
),

-- accounts in which some node may change others, or add users to groups: there alone nodes differ from what principals are
open_accounts as materialized (
    select
        p.account_id, bool_or(p.changes) as changes, bool_or(p.joins) or bool_or(p.changes and b.account_id is not null) as joins
    from principals as p left join boundaries_that_join as b on b.account_id = p.account_id
    where not p.is_admin
    group by p.account_id
    having bool_or(p.changes or p.joins)
),

denying as materialized (
    select distinct l.principal_arn, l.policy_arn
    from aws_iam_principal_policy as l
    join aws_iam_statement as s on s.document_id = l.document_id
    where l.layer = 'identity' and s.effect = 'Deny'
),

people as materialized (
    select
        p.principal_arn as arn, p.account_id, p.type, coalesce(p.guard_id, 'none') as guard_id,
        b.principal_arn is not null or p.tags is null as is_bounded,
        d.principal_arn is not null or u.principal_arn is not null as denies, coalesce(j.joins, false) as is_joiner
    from aws_iam_principal as p
    join open_accounts as o on o.account_id = p.account_id
    left join principals as j on j.arn = p.principal_arn
    left join (
        select l.principal_arn from aws_iam_principal_policy as l where l.layer = 'boundary'
    ) as b on b.principal_arn = p.principal_arn
    left join (select distinct e.principal_arn from denying as e) as d on d.principal_arn = p.principal_arn
    left join (
        select distinct l.principal_arn from aws_iam_principal_policy as l where l.layer = 'identity' and l.document_id is null
    ) as u on u.principal_arn = p.principal_arn
    where p.principal_arn not like '%:role/aws-service-role/%' and not coalesce(j.is_admin, false)
),

-- the groups that are worth joining: their policies allow an action of some method, or were not read, or may be changed
groups as materialized (
    select g.account_id, g.arn as object
    from aws_iam_group as g join open_accounts as o on o.account_id = g.account_id
    where o.changes and o.joins
    union
    select g.account_id, g.group_arn
    from aws_iam_group_policy as g
    join open_accounts as o on o.account_id = g.account_id and o.joins
    left join aws_iam_statement as s on s.document_id = g.document_id and s.effect = 'Allow'
    cross join node_questions as a
    where g.document_id is null or len([
        1 for question_ in a.listed
        if iam_matches_action(s.action_likes, s.actions is not null, question_.action)
    ]) > 0
),

pairs as (
    select g.account_id, concat(g.object, ' and ', h.object) as object
    from groups as g join groups as h on h.account_id = g.account_id and h.object > g.object
),

changed as materialized (
    select p.arn, p.account_id, 'widened' as state, cast(null as varchar) as object, false as is_unbounded,
        case when p.is_bounded or p.denies then concat(p.arn, ' widened') else concat('new ', p.guard_id) end as alike
    from people as p
    union all
    select p.arn, p.account_id, 'widened', null, true,
        case when p.denies then concat(p.arn, ' widened unbounded') else concat('new ', p.guard_id) end
    from people as p
    where p.is_bounded
    union all
    select p.arn, p.account_id, 'rewritten', d.policy_arn, false, concat(p.arn, ' rewritten ', d.policy_arn)
    from people as p
    join (
        select e.principal_arn, e.policy_arn from denying as e
        union
        -- a policy that is attached and the boundary too
        select l.principal_arn, l.policy_arn
        from aws_iam_principal_policy as l
        where l.policy_arn is not null
        group by l.principal_arn, l.policy_arn
        having count(distinct l.layer) = 2
    ) as d on d.principal_arn = p.arn
    where split_part(d.policy_arn, ':', 5) <> 'aws'
    union all
    select p.arn, p.account_id, 'unbounded', null, true, concat(p.arn, ' unbounded')
    from people as p
    where p.is_bounded
    union all
    select p.arn, p.account_id, 'joined', g.object, n.unbounded, case
        when p.is_bounded or p.denies or p.is_joiner
            then concat(p.arn, case when n.unbounded then ' unbounded' end, ' in ', g.object)
        else concat('new in ', g.object)
    end
    from people as p
    join open_accounts as o using (account_id)
    join groups as g using (account_id)
    join (select unnest([false, true]) as unbounded) as n on not n.unbounded or p.is_bounded
    where o.joins and p.type = 'User'
    union all
    select p.arn, p.account_id, 'joined', g.object, false, concat(p.arn, ' in ', g.object)
    from people as p join pairs as g using (account_id)
    where p.is_joiner and p.type = 'User'
    union all
    -- what one creates is as free as the account's users and roles are under the service control policies
    select concat('new ', p.account_id), p.account_id, 'new', null, true, concat('new ', min(p.guard_id))
    from people as p group by p.account_id
    union all
    select concat('new ', g.account_id), g.account_id, 'new', g.object, true, concat('new in ', g.object) from groups as g
),

-- the subjects that are evaluated for the changed nodes; an account's or a guard's first principal lends its circumstances
subjects_of_changes as materialized (
    select coalesce(list({
        'subject': c.alike, 'principal': coalesce(e.arn, c.arn),
        'groups': case when c.state in ('joined', 'new') and c.object is not null then string_split(c.object, ' and ') end,
        'without_arn': case when c.state = 'rewritten' then c.object end,
        'is_widened': c.state in ('widened', 'rewritten') or c.state = 'new' and c.object is null,
        'is_unbounded': c.is_unbounded or c.alike like 'new %',
        'is_new': c.alike like 'new %'
    }), []) as listed
    from (from changed as c qualify row_number() over (partition by c.alike order by c.arn) = 1) as c
    left join (
        select concat('new ', p.guard_id) as alike, min(p.arn) as arn from people as p group by all
        union all
        select concat('new in ', g.object), min(p.arn)
        from people as p join groups as g using (account_id)
        where p.type = 'User' group by all
    ) as e on e.alike = c.alike
    where coalesce(e.arn, c.arn) not like 'new %'
),

changed_members as materialized (
    from iam_principal_classes((select a.listed from node_questions as a), (select c.listed from subjects_of_changes as c), false, false)
),

changed_abilities as materialized (
    from iam_subject_methods((select a.every_one from node_questions as a), (
        select [subject_ for subject_ in c.listed if list_contains(l.leaders, subject_.subject)]
        from subjects_of_changes as c, (select list(distinct m.leader) as leaders from changed_members as m) as l
    ))
)

select
    p.arn as node, p.arn, p.account_id, '' as state, cast(null as varchar) as object, false as is_unbounded, p.leader as alike,
    cast(null as varchar) as method, cast(null as varchar) as kind, cast(null as varchar) as target,
    cast(null as varchar) as service, cast(null as varchar) as on_target, cast(null as integer) as standing,
    cast(null as boolean) as is_limited, cast(null as varchar[]) as conditions, cast(null as integer) as besides,
    cast(null as varchar[]) as besides_conditions
from principals as p
union all
select
    concat_ws(
        ' ', c.arn, case c.state when 'widened' then 'widened' when 'rewritten' then 'rewritten ' || c.object end,
        case when c.is_unbounded and c.state <> 'new' then 'unbounded' end,
        case when c.state in ('joined', 'new') and c.object is not null then 'in ' || c.object end
    ),
    c.arn, c.account_id, c.state, c.object, c.is_unbounded, coalesce(m.leader, c.alike),
    null, null, null, null, null, null, null, null, null, null
from changed as c left join changed_members as m on m.principal = c.alike
union all
select
    null, null, null, null, null, null, a.subject,
    a.method, a.kind, a.target, a.service, a.on_target, a.standing, a.is_limited, a.conditions, a.besides, a.besides_conditions
from (from node_abilities union all from changed_abilities where subject not in (select b.subject from node_abilities as b)) as a;
