-- The questions of the search for escalation paths: those that define an administrator (the first four), and each action of each
-- method (iam_privesc_methods) on any resource. `context` has the condition keys that the method itself determines,
-- `target_action` is the action on the target, `actions` the number of the method's actions, and `boundary_arn` a permissions
-- boundary that the method sets.
-- gives: question BIGINT, action VARCHAR, resource VARCHAR, context STRUCT("key" VARCHAR, "values" VARCHAR[])[], method VARCHAR, kind VARCHAR, target VARCHAR, service VARCHAR, target_action VARCHAR, actions BIGINT, boundary_arn VARCHAR
create or replace macro iam_escalation_questions() as table
-- The methods with each of their actions.
with method_actions as materialized (
    select
        m.method, m.kind, m.target, m.service, case
            when m.kind = 'pass' then 'iam:PassRole'
            when m.method = 'create_user_in_group' then 'iam:AddUserToGroup'
            else m.actions[1]
        end as target_action,
        len(m.actions) as actions, unnest(m.actions) as action
    from (
        select p.method, p.kind, p.target, p.service, p.actions from iam_privesc_methods() as p
        union all
        -- EC2 takes a role in an instance profile
        select 'instance_profile', 'aid', null, null, ['iam:CreateInstanceProfile', 'iam:AddRoleToInstanceProfile']
    ) as m
),

-- The policies that allow everything and that a condition requires as the permissions boundary of new users and roles.
allowed_boundaries as materialized (
    select distinct d.owner_arn as arn
    from (
        select unnest(c.condition."values") as policy_arn
        from (select unnest(s.conditions) as condition from aws_iam_statement as s) as c
        where c.condition.key = 'iam:permissionsboundary'
    ) as c
    join aws_iam_document as d on d.source = 'managed' and d.owner_arn = c.policy_arn
    join admin_documents() as m on m.document_id = d.document_id
),

-- The actions with the condition keys that the method determines.
method_contexts as (
    select m.*, b.arn as boundary_arn, case
        when m.action = 'iam:PassRole' then [{'key': 'iam:passedtoservice', 'values': [m.service]}]
        when m.action like 'iam:Put%PermissionsBoundary'
            then [{'key': 'iam:permissionsboundary', 'values': [iam_administrator_access(r."partition")]}]
        else iam_no_context()
            || case when m.action like 'iam:Attach%Policy'
                then [{'key': 'iam:policyarn', 'values': [iam_administrator_access(r."partition")]}]
                else iam_no_context() end
            || case when m.method like 'create\_%\_with\_%' escape '\' or m.method = 'create_user_in_group'
                then [{'key': 'iam:permissionsboundary', 'values': case when b.arn is not null then [b.arn] end}]
                else iam_no_context() end
        end as context
    from method_actions as m
    cross join (select iam_partition() as "partition") as r
    left join (select l.arn from allowed_boundaries as l union all select null) as b
        on m.method like 'create\_%\_with\_%' escape '\' or m.method = 'create_user_in_group'
),

admin_questions as (
    select q.definition.action as action, q.definition.resource as resource, q.question
    from (select unnest(iam_admin_questions()) as definition, unnest(range(1, 5)) as question) as q
)

select a.question, a.action, a.resource, iam_no_context() as context, 'administrator' as method, 'self' as kind,
    null as target, null as service, null as target_action, 4 as actions, null as boundary_arn
from admin_questions as a
union all
select 4 + dense_rank() over (order by c.action, cast(c.context as varchar)), c.action, case
        when c.action not like 'iam:%' or c.action like '%InstanceProfile' then 'any'
        when c.action like '%PolicyVersion' then 'any policy'
        when c.action like '%Group%' then 'any group'
        when c.action like '%Role%' then 'any role'
        when c.action like '%User%' or c.action like '%LoginProfile' or c.action = 'iam:CreateAccessKey' then 'any user'
        else 'any'
    end, c.context,
    c.method, c.kind, c.target, c.service, c.target_action, c.actions, c.boundary_arn
from method_contexts as c;

-- The methods of privilege escalation that each subject has: those whose actions it is allowed, `administrator` for an
-- administrator, who needs none, and `unread` for a subject that can be one by a policy that was not read. `question_list` is the
-- list of the rows of iam_escalation_questions.
--
-- `uncertainty` is 0 where each action is allowed in every request, 1 where that depends on `conditions`, 3 where policies that
-- were not read can deny it, and 4 for `unread`. `is_limited`: the action on the target is allowed for some resources or targets
-- only. `other_uncertainty` and `other_conditions` are those of the method's other actions.
-- gives: subject VARCHAR, method VARCHAR, kind VARCHAR, target VARCHAR, service VARCHAR, target_action VARCHAR, uncertainty INTEGER, is_limited BOOLEAN, conditions VARCHAR[], other_uncertainty INTEGER, other_conditions VARCHAR[]
create or replace macro iam_subject_methods(question_list, subjects) as table
with method_questions as materialized (
    select definition.* from (
        select unnest(cast(question_list as struct(
            question bigint, "action" varchar, resource varchar, context struct("key" varchar, "values" varchar[])[],
            "method" varchar, kind varchar, target varchar, service varchar, target_action varchar, actions bigint,
            boundary_arn varchar
        )[])) as definition
    )
),

-- The questions that a subject is allowed.
allowed_actions as materialized (
    select
        e.question, e.principal as subject, list_contains(e.reasons, 'resource') as depends_on_resource,
        len([1 for reason_ in e.reasons if lower(reason_) = 'iam:permissionsboundary']) > 0 as depends_on_boundary,
        case
            when e.as_read = 'blocked' then 4
            when e.verdict = 'unknown' then 3
            when len([1 for reason_ in e.reasons if reason_ <> 'resource']) > 0 then 1
            else 0
        end as uncertainty,
        [reason_ for reason_ in e.reasons if reason_ <> 'resource' and e.as_read <> 'blocked']
            || coalesce(['not read: ' || name_ for name_ in e.missing], []) as conditions
    from iam_evaluation((
        select list(iam_subject_question(null, q.action, q.resource, q.context) order by q.question)
        from (select distinct a.question, a.action, a.resource, a.context from method_questions as a) as q
    ), subjects, false, null) as e
    where e.verdict <> 'blocked'
),

-- The methods all of whose actions are allowed.
allowed_methods as (
    select
        a.subject, q.method, q.kind, q.target, q.service, q.target_action, max(a.uncertainty) as uncertainty,
        bool_or(q.action = q.target_action and (a.depends_on_resource or a.depends_on_boundary)) as is_limited,
        iam_sorted_set(flatten(list(a.conditions))) as conditions,
        coalesce(max(a.uncertainty) filter (q.action <> q.target_action), 0) as other_uncertainty,
        iam_sorted_set(flatten(coalesce(list(a.conditions) filter (q.action <> q.target_action), []))) as other_conditions
    from allowed_actions as a join method_questions as q on q.question = a.question
    group by a.subject, q.method, q.kind, q.target, q.service, q.target_action, q.actions, q.boundary_arn
    having count(*) = q.actions
),

admins as (select m.subject, m.uncertainty from allowed_methods as m where m.method = 'administrator')

select
    m.subject, case when m.uncertainty = 4 then 'unread' else m.method end as method, m.kind, m.target, m.service, m.target_action,
    m.uncertainty, m.is_limited, m.conditions, m.other_uncertainty, m.other_conditions
from allowed_methods as m
left join admins as a on a.subject = m.subject
where m.method = 'administrator' or a.uncertainty is null or (a.uncertainty = 4 and m.uncertainty < 4);
