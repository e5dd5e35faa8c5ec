-- The nodes of the search for ways to more rights, each with what it can do (iam_abilities). A node is a user or role as it is
-- (`state` is empty), or as it would be after a change: widened by a policy that allows everything, unbounded, or in a group
-- (`group_arn`) that it is no member of. `new` is a user or role that one creates in an account, `new in` a group one that joins
-- it. `alike` names the subject that was judged in its stead, where that is another one.
-- gives: node VARCHAR, arn VARCHAR, account_id VARCHAR, state VARCHAR, group_arn VARCHAR, alike VARCHAR, method VARCHAR, kind VARCHAR, target VARCHAR, service VARCHAR, on_target VARCHAR, standing INTEGER, is_limited BOOLEAN, conditions VARCHAR[], besides INTEGER, besides_conditions VARCHAR[]
create or replace macro iam_nodes() as table
with node_questions as materialized (
    select list(iam_question_of(null, q.action, q.resource, q.context, false) order by q.question) as listed
    from (select distinct a.question, a.action, a.resource, a.context from iam_ability_questions() as a) as q
),

node_members as materialized (from iam_alike((select a.listed from node_questions as a), null, false, false)),

able as materialized (from iam_abilities((select list(iam_subject(l.leader)) from (select distinct m.leader from node_members as m) as l))),

base as materialized (
    select m.principal as arn, m.account_id, m.leader, a.* exclude (subject)
    from node_members as m join able as a on a.subject = m.leader
    where m.principal not like '%:role/aws-service-role/%'
),

admins as materialized (select b.arn from base as b where b.method = 'administrator'),

open_accounts as materialized (
    select
        b.account_id,
        bool_or(b.method like 'attach\_%' escape '\' or b.method like 'put\_%policy' escape '\' or b.method like '%policy\_version' escape '\') as widens,
        bool_or(b.method like '%\_boundary' escape '\' or b.method = 'create_policy_version') as unbounds,
        bool_or(b.method in ('add_user_to_group', 'create_user_in_group')) as joins
    from base as b
    group by b.account_id
),

joiners as materialized (select distinct b.arn from base as b where b.method = 'add_user_to_group'),

denying as materialized (
    select distinct l.principal_arn
    from aws_iam_principal_policy as l
    join aws_iam_statement as s on s.document_id = l.document_id
    where l.layer = 'identity' and s.effect = 'Deny'
),

people as materialized (
    select
        p.principal_arn as arn, p.account_id, p.type, coalesce(p.guard_id, 'none') as guard_id,
        b.principal_arn is not null as is_bounded, d.principal_arn is not null as denies, j.arn is not null as is_joiner
    from aws_iam_principal as p
    join open_accounts as o on o.account_id = p.account_id
    left join (select l.principal_arn from aws_iam_principal_policy as l where l.layer = 'boundary') as b on b.principal_arn = p.principal_arn
    left join denying as d on d.principal_arn = p.principal_arn
    left join joiners as j on j.arn = p.principal_arn
    where p.principal_arn not like '%:role/aws-service-role/%'
),

-- groups whose policies allow an action of some method, and all of an account in which policies may be changed
groups as materialized (
    select g.account_id, g.arn as group_arn
    from aws_iam_group as g join open_accounts as o on o.account_id = g.account_id and o.joins and o.widens
    union
    select g.account_id, g.group_arn
    from iam_group_policies() as g
    join open_accounts as o on o.account_id = g.account_id and o.joins
    join aws_iam_statement as s on s.document_id = g.document_id and s.effect = 'Allow'
    join (select distinct l.one.action as action from (select unnest(a.listed) as one from node_questions as a) as l) as a
        on (s.actions is not null) = (len([1 for like_ in s.action_likes if lower(a.action) like like_ escape '\']) > 0)
),

changed as materialized (
    select p.arn, p.account_id, 'widened' as state, cast(null as varchar) as group_arn,
        case when p.is_bounded or p.denies then concat(p.arn, ' widened') else concat('new ', p.guard_id) end as alike
    from people as p join open_accounts as o using (account_id)
    where o.widens and p.arn not in (select a.arn from admins as a)
    union all
    select p.arn, p.account_id, 'unbounded', null, concat(p.arn, ' unbounded')
    from people as p join open_accounts as o using (account_id)
    where o.unbounds and p.is_bounded and p.arn not in (select a.arn from admins as a)
    union all
    select p.arn, p.account_id, 'widened unbounded', null,
        case when p.denies then concat(p.arn, ' widened unbounded') else concat('new ', p.guard_id) end
    from people as p join open_accounts as o using (account_id)
    where o.widens and o.unbounds and p.is_bounded and p.arn not in (select a.arn from admins as a)
    union all
    select p.arn, p.account_id, case when n.unbounded then 'unbounded' else '' end, g.group_arn, case
        when p.is_bounded or p.denies or p.is_joiner
            then concat(p.arn, case when n.unbounded then ' unbounded' end, ' in ', g.group_arn)
        else concat('new in ', g.group_arn)
    end
    from people as p
    join open_accounts as o using (account_id)
    join groups as g using (account_id)
    join (select unnest([false, true]) as unbounded) as n on not n.unbounded or (p.is_bounded and o.unbounds)
    where o.joins and p.type = 'User' and p.arn not in (select a.arn from admins as a)
    union all
    -- what one creates is as free as the account's users, by the service control policies
    select n.arn, n.account_id, 'new', null, concat('new ', n.guard_id)
    from (
        select concat('new ', p.account_id) as arn, p.account_id, min(p.guard_id) as guard_id
        from people as p group by p.account_id
    ) as n
    union all
    select concat('new ', g.account_id), g.account_id, 'new', g.group_arn, concat('new in ', g.group_arn) from groups as g
),

judged_apart as materialized (
    select distinct
        c.alike as subject, coalesce(e.arn, c.arn) as principal, c.state, c.group_arn, c.alike like 'new %' as is_new
    from changed as c
    left join (
        select concat('new ', p.guard_id) as alike, min(p.arn) as arn from people as p group by all
        union all
        select concat('new in ', g.group_arn), min(p.arn)
        from people as p join groups as g using (account_id)
        where p.type = 'User' group by all
    ) as e on e.alike = c.alike
    where coalesce(e.arn, c.arn) not like 'new %'
    qualify row_number() over (partition by c.alike order by c.arn) = 1
),

changed_subjects as materialized (
    select coalesce(list({
        'subject': j.subject, 'principal': j.principal, 'group_arn': case when j.subject like '% in %' then j.group_arn end,
        'is_widened': j.subject like '% widened%' or j.subject like 'new %' and j.subject not like 'new in %',
        'is_unbounded': j.subject like '% unbounded%' or j.is_new, 'is_new': j.is_new
    }), []) as listed
    from judged_apart as j
),

changed_members as materialized (
    from iam_alike((select a.listed from node_questions as a), (select c.listed from changed_subjects as c), false, false)
),

able_changed as materialized (
    select m.principal as subject, a.* exclude (subject)
    from iam_abilities((
        select [subject_ for subject_ in c.listed if list_contains(l.leaders, subject_.subject)]
        from changed_subjects as c, (select list(distinct m.leader) as leaders from changed_members as m) as l
    )) as a
    join changed_members as m on m.leader = a.subject
)

select
    b.arn as node, b.arn, b.account_id, '' as state, cast(null as varchar) as group_arn, b.leader as alike,
    b.method, b.kind, b.target, b.service, b.on_target, b.standing, b.is_limited, b.conditions, b.besides, b.besides_conditions
from base as b
union all
select
    concat_ws(' ', c.arn, nullif(nullif(c.state, ''), 'new'), case when c.group_arn is not null then 'in ' || c.group_arn end),
    c.arn, c.account_id, c.state, c.group_arn, c.alike,
    a.method, a.kind, a.target, a.service, a.on_target, a.standing, a.is_limited, a.conditions, a.besides, a.besides_conditions
from changed as c left join able_changed as a on a.subject = c.alike
where a.subject is not null or c.group_arn is not null;
