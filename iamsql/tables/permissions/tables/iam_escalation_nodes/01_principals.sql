-- The methods that each principal has, and the principals whose permissions a change can extend.

-- One row: the questions, with and without their methods.
node_questions as materialized (
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
