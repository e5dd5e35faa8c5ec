-- What escalation asks of every subject: what makes an administrator (the first four), and each action of a method on any
-- resource, with the condition keys that the method itself sets.
-- gives: question BIGINT, action VARCHAR, resource VARCHAR, context STRUCT("key" VARCHAR, "values" VARCHAR[])[], method VARCHAR, kind VARCHAR, target VARCHAR, service VARCHAR, on_target VARCHAR, actions BIGINT, within VARCHAR
create or replace macro iam_escalation_questions() as table
with methods as materialized (
    select
        m.method, m.kind, m.target, m.service, case
            when m.kind = 'pass' then 'iam:PassRole'
            when m.method = 'create_user_in_group' then 'iam:AddUserToGroup'
            else m.actions[1]
        end as on_target,
        len(m.actions) as actions, unnest(m.actions) as action
    from (
        select p.method, p.kind, p.target, p.service, p.actions from iam_privesc_methods() as p
        union all
        -- EC2 takes a role in an instance profile
        select 'instance_profile', 'aid', null, null, ['iam:CreateInstanceProfile', 'iam:AddRoleToInstanceProfile']
    ) as m
    where m.method not like 'codestar%'  -- AWS closed CodeStar in 2024
),

-- boundaries that allow everything and that a condition demands of users and roles when they are created
boundaries as materialized (
    select distinct d.owner_arn as arn
    from (
        select unnest(c.one."values") as demanded
        from (select unnest(s.conditions) as one from aws_iam_statement as s) as c
        where c.one.key = 'iam:permissionsboundary'
    ) as c
    join aws_iam_document as d on d.source = 'managed' and d.owner_arn = c.demanded
    join aws_iam_statement as s on s.document_id = d.document_id
    where
        s.effect = 'Allow' and len(s.conditions) = 0
        and iam_allows_everything(s.actions, s.not_actions, s.resources, s.not_resources)
),

known as (
    select m.*, w.arn as within, case
        when m.action = 'iam:PassRole' then [{'key': 'iam:passedtoservice', 'values': [m.service]}]
        when m.action like 'iam:Put%PermissionsBoundary'
            then [{'key': 'iam:permissionsboundary', 'values': [iam_administrator_access(r."partition")]}]
        else iam_no_context()
            || case when m.action like 'iam:Attach%Policy'
                then [{'key': 'iam:policyarn', 'values': [iam_administrator_access(r."partition")]}]
                else iam_no_context() end
            || case when m.method like 'create\_%\_with\_%' escape '\' or m.method = 'create_user_in_group'
                then [{'key': 'iam:permissionsboundary', 'values': case when w.arn is not null then [w.arn] end}]
                else iam_no_context() end
        end as context
    from methods as m
    cross join (select iam_partition() as "partition") as r
    left join (select b.arn from boundaries as b union all select null) as w
        on m.method like 'create\_%\_with\_%' escape '\' or m.method = 'create_user_in_group'
),

admin as (
    select q.one.action as action, q.one.resource as resource, q.place
    from (select unnest(iam_admin_questions()) as one, unnest(range(1, 5)) as place) as q
)

select a.place as question, a.action, a.resource, iam_no_context() as context, 'administrator' as method, 'self' as kind,
    null as target, null as service, null as on_target, 4 as actions, null as within
from admin as a
union all
select 4 + dense_rank() over (order by k.action, cast(k.context as varchar)), k.action, case
        when k.action not like 'iam:%' or k.action like '%InstanceProfile' then 'any'
        when k.action like '%PolicyVersion' then 'any policy'
        when k.action like '%Group%' then 'any group'
        when k.action like '%Role%' then 'any role'
        when k.action like '%User%' or k.action like '%LoginProfile' or k.action = 'iam:CreateAccessKey' then 'any user'
        else 'any'
    end, k.context,
    k.method, k.kind, k.target, k.service, k.on_target, k.actions, k.within
from known as k;

-- The methods of privilege escalation that subjects have: those all of whose actions they may perform, `administrator` for those
-- that need none, and `unread` for those that may be one by documents that were not read. `ability_list` is the list of the rows
-- of iam_escalation_questions.
--
-- `standing` is 0 where each action is allowed whatever the request's context, 1 where that depends on `conditions`, 3 where
-- documents that were not read may deny it and 4 for `unread`. `is_limited`: the action that is done to the target is allowed on
-- some resources or targets alone; `besides` and `besides_conditions` are the standing and conditions of the method's other
-- actions.
-- gives: subject VARCHAR, method VARCHAR, kind VARCHAR, target VARCHAR, service VARCHAR, on_target VARCHAR, standing INTEGER, is_limited BOOLEAN, conditions VARCHAR[], besides INTEGER, besides_conditions VARCHAR[]
create or replace macro iam_subject_methods(ability_list, subjects) as table
with ability_questions as materialized (
    select one.* from (
        select unnest(cast(ability_list as struct(
            question bigint, "action" varchar, resource varchar, context struct("key" varchar, "values" varchar[])[],
            "method" varchar, kind varchar, target varchar, service varchar, on_target varchar, actions bigint, within varchar
        )[])) as one
    )
),

judged as materialized (
    select
        j.question, j.principal as subject, list_contains(j.reasons, 'resource') as on_some,
        len([1 for reason_ in j.reasons if lower(reason_) = 'iam:permissionsboundary']) > 0 as by_boundary,
        case
            when j.as_read = 'blocked' then 4
            when j.verdict = 'unknown' then 3
            when len([1 for reason_ in j.reasons if reason_ <> 'resource']) > 0 then 1
            else 0
        end as standing,
        [reason_ for reason_ in j.reasons if reason_ <> 'resource' and j.as_read <> 'blocked']
            || coalesce(['not read: ' || name_ for name_ in j.missing], []) as conditions
    from iam_evaluation((
        select list(iam_subject_question(null, q.action, q.resource, q.context, false) order by q.question)
        from (select distinct a.question, a.action, a.resource, a.context from ability_questions as a) as q
    ), subjects, false) as j
    where j.verdict <> 'blocked'
),

done as (
    select
        j.subject, a.method, a.kind, a.target, a.service, a.on_target, max(j.standing) as standing,
        bool_or(a.action = a.on_target and (j.on_some or j.by_boundary)) as is_limited,
        list_sort(list_distinct(flatten(list(j.conditions)))) as conditions,
        coalesce(max(j.standing) filter (a.action <> a.on_target), 0) as besides,
        list_sort(list_distinct(flatten(coalesce(list(j.conditions) filter (a.action <> a.on_target), [])))) as besides_conditions
    from judged as j join ability_questions as a on a.question = j.question
    group by j.subject, a.method, a.kind, a.target, a.service, a.on_target, a.actions, a.within
    having count(*) = a.actions
),

admins as (select d.subject, d.standing from done as d where d.method = 'administrator')

select
    d.subject, case when d.standing = 4 then 'unread' else d.method end as method, d.kind, d.target, d.service, d.on_target,
    d.standing, d.is_limited, d.conditions, d.besides, d.besides_conditions
from done as d
left join admins as g on g.subject = d.subject
where d.method = 'administrator' or g.standing is null or (g.standing = 4 and d.standing < 4);
