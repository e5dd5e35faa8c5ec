-- Returns the actions that make room for a method that AWS would otherwise refuse, as the data shows (iam_escalation_refusals).
-- returns: method VARCHAR, target VARCHAR, action VARCHAR
create or replace macro iam_escalation_aids() as table
select * from (values
    ('delete_access_key', 'user', 'iam:DeleteAccessKey'),
    ('deactivate_mfa_device', 'user', 'iam:DeactivateMFADevice'),
    ('delete_login_profile', 'user', 'iam:DeleteLoginProfile'),
    ('delete_policy_version', 'policy', 'iam:DeletePolicyVersion'),
    ('free_user_attachment', 'user', 'iam:DetachUserPolicy'),
    ('free_role_attachment', 'role', 'iam:DetachRolePolicy'),
    ('free_group_attachment', 'group', 'iam:DetachGroupPolicy'),
    ('free_membership', 'group', 'iam:RemoveUserFromGroup')
) as aids("method", target, "action");

-- Returns the questions of the search for escalation paths: the four that define an administrator, and each action of each method
-- (iam_privesc_methods) on any resource. A method of the kind `aid` is only part of a step. A method of the kind `create` creates
-- a user or role. Its boundary and its possible policies are compared later.
--   context: the condition keys that the method itself determines
--   target_action: the action on the target
--   actions: the number of the method's actions
--   boundary_arn: a permissions boundary that the method sets
-- returns: question BIGINT, action VARCHAR, resource VARCHAR, context STRUCT("key" VARCHAR, "values" VARCHAR[])[], method VARCHAR, kind VARCHAR, target VARCHAR, service VARCHAR, target_action VARCHAR, actions BIGINT, boundary_arn VARCHAR
create or replace macro iam_escalation_questions() as table
-- Methods that remove an explicit deny, for the kinds of policy in this run that contain a Deny.
with useful_removals as materialized (
    select distinct unnest([
        case l.via
            when 'attached' then concat('detach_', l.principal_type, '_policy')
            when 'inline' then concat('delete_', l.principal_type, '_policy')
            when 'group attached' then 'detach_group_policy' when 'group inline' then 'delete_group_policy'
        end,
        case when l.group_name is not null then 'remove_user_from_group' end
    ]) as method
    from aws_iam_principal_policy as l
    where l.layer = 'identity' and l.document_id in (select s.document_id from aws_iam_statement as s where s.effect = 'Deny')
),

-- The methods with each of their actions.
method_actions as materialized (
    select
        m.method, m.kind, m.target, m.service, case
            when m.kind = 'pass' then 'iam:PassRole'
            when m.method = 'create_user_in_group' then 'iam:AddUserToGroup'
            else m.actions[1]
        end as target_action,
        len(m.actions) as actions, unnest(m.actions) as action
    from (
        select p.method, p.kind, p.target, p.service, p.actions
        from iam_privesc_methods() as p
        where not iam_removes_denies(p.method) or p.method in (select r.method from useful_removals as r where r.method is not null)
        union all
        select p.method, 'create', p.target, null, p.actions
        from iam_privesc_methods() as p
        where p.method like 'create\_%\_with\_%' escape '\' and exists (
            from aws_iam_statement as s
            where len([
                1 for condition_ in s.conditions if condition_.key in ('iam:permissionsboundary', 'iam:policyarn')
            ]) > 0
        )
        union all
        -- EC2 takes a role in an instance profile
        select 'instance_profile', 'aid', null, null, ['iam:CreateInstanceProfile', 'iam:AddRoleToInstanceProfile']
        union all
        select a.method, 'aid', a.target, null, [a.action]
        from iam_escalation_aids() as a where a.method in (select r.aid from iam_escalation_refusals() as r)
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
        when m.kind = 'create' then iam_no_context()
        else iam_no_context()
            || case when m.action like 'iam:Attach%Policy' and not iam_attaches_policy(m.method)
                then [{'key': 'iam:policyarn', 'values': [iam_administrator_access(r."partition")]}]
                else iam_no_context() end
            || case when m.method like 'create\_%\_with\_%' escape '\' or m.method = 'create_user_in_group'
                then [{'key': 'iam:permissionsboundary', 'values': case when b.arn is not null then [b.arn] end}]
                else iam_no_context() end
        end as context
    from method_actions as m
    cross join (select iam_partition() as "partition") as r
    left join (select l.arn from allowed_boundaries as l union all select null) as b
        on m.kind <> 'create' and (m.method like 'create\_%\_with\_%' escape '\' or m.method = 'create_user_in_group')
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
        when c.action like '%User%' or c.action like '%LoginProfile' or c.action like '%AccessKey' or c.action like '%MFADevice'
            then 'any user'
        else 'any'
    end, c.context,
    c.method, c.kind, c.target, c.service, c.target_action, c.actions, c.boundary_arn
from method_contexts as c;

-- Returns the methods of privilege escalation whose actions a subject is allowed. An administrator needs none of them and has the
-- method `administrator`. A subject has the method `unread` if only a policy that was not read could make it an administrator.
-- `question_list` is the list of the rows of iam_escalation_questions.
--
-- `uncertainty` is 0 if each action is allowed in every request, 1 if that depends on `conditions`, 3 if unread policies can deny
-- an action, and 4 for `unread`. `other_uncertainty` and `other_conditions` are the values for the method's other actions.
-- `limits` lists the restrictions that iam_limits finds. They are for the action on the target, or, if the kind is `create`, for
-- all actions on the new user or role. A method with limits is allowed only for some targets.
-- returns: subject VARCHAR, method VARCHAR, kind VARCHAR, target VARCHAR, service VARCHAR, target_action VARCHAR, uncertainty INTEGER, limits VARCHAR[], conditions VARCHAR[], other_uncertainty INTEGER, other_conditions VARCHAR[]
create or replace macro iam_subject_methods(question_list, subjects) as table
with method_questions as materialized (
    select
        definition.*, definition.action = definition.target_action
        or definition.kind = 'create' and definition.action <> 'iam:CreateAccessKey' as is_on_target
    from (
        select unnest(cast(question_list as struct(
            question bigint, "action" varchar, resource varchar, context struct("key" varchar, "values" varchar[])[],
            "method" varchar, kind varchar, target varchar, service varchar, target_action varchar, actions bigint,
            boundary_arn varchar
        )[])) as definition
    )
),

-- The questions that a subject is allowed. An administrator does not have to be allowed to attach every policy.
evaluated_actions as materialized (
    select
        e.question, e.principal as subject, e.action, e.as_read, e.verdict, e.missing,
        case
            when e.question <= 4 then [reason_ for reason_ in e.reasons if lower(reason_) <> 'iam:policyarn'] else e.reasons
        end as reasons
    from iam_evaluation((
        select list(iam_subject_question(null, q.action, q.resource, q.context) order by q.question)
        from (select distinct a.question, a.action, a.resource, a.context from method_questions as a) as q
    ), subjects, false, null) as e
    where e.verdict <> 'denied'
),

allowed_actions as materialized (
    select
        e.question, e.subject, iam_limits(e.action, e.reasons) as limits,
        case
            when e.as_read = 'denied' then 4
            when e.verdict = 'unknown' then 3
            when len([1 for reason_ in e.reasons if reason_ <> 'resource']) > 0 then 1
            else 0
        end as uncertainty,
        [reason_ for reason_ in e.reasons if reason_ <> 'resource' and e.as_read <> 'denied']
            || coalesce(['not read: ' || name_ for name_ in e.missing], []) as conditions
    from evaluated_actions as e
),

-- The methods whose actions are all allowed.
allowed_methods as (
    select
        a.subject, q.method, q.kind, q.target, q.service, q.target_action, max(a.uncertainty) as uncertainty,
        iam_sorted_set(flatten(coalesce(list(a.limits) filter (q.is_on_target), []))) as limits,
        iam_sorted_set(flatten(list(a.conditions))) as conditions,
        coalesce(max(a.uncertainty) filter (not q.is_on_target), 0) as other_uncertainty,
        iam_sorted_set(flatten(coalesce(list(a.conditions) filter (not q.is_on_target), []))) as other_conditions
    from allowed_actions as a join method_questions as q on q.question = a.question
    group by a.subject, q.method, q.kind, q.target, q.service, q.target_action, q.actions, q.boundary_arn
    having count(*) = q.actions
),

admins as (select m.subject, m.uncertainty from allowed_methods as m where m.method = 'administrator')

select
    m.subject, case when m.uncertainty = 4 then 'unread' else m.method end as method, m.kind, m.target, m.service, m.target_action,
    m.uncertainty, m.limits, m.conditions, m.other_uncertainty, m.other_conditions
from allowed_methods as m
left join admins as a on a.subject = m.subject
where m.method = 'administrator' or a.uncertainty is null or (a.uncertainty = 4 and m.uncertainty < 4);
