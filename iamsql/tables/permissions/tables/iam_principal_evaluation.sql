-- Returns the result of policy evaluation for questions {'action', 'resource'} and the user or role `principal_arn`. If it is
-- NULL, the result is for every user and role, and for the principals outside the run that the policies of `resources` allow.
-- `resources` are the rows of iam_known_resources, or NULL. `everyone` and the columns are as in iam_evaluation. One principal of
-- each class (iam_principal_classes) is evaluated for all. With `leaders` the result has only these principals.
-- returns: question BIGINT, principal VARCHAR, account_id VARCHAR, action VARCHAR, resource VARCHAR, verdict VARCHAR, reason VARCHAR, reasons VARCHAR[], not_considered VARCHAR, as_read VARCHAR, missing VARCHAR[]
create or replace macro iam_principal_evaluation(questions, principal_arn, everyone, leaders, resources) as table
with principal_questions as materialized (
    -- a trust policy may name a principal without policies, and some calls need no policy
    select
        l.listed, iam_resource_list(resources) as resources,
        len([1 for question_ in l.listed if iam_uses_trust_policy(question_.action, question_.resource)]) > 0 or exists (
            select 1 from iam_call_rules() as r
            where r.rule = 'always' and list_contains([lower(question_.action) for question_ in l.listed], lower(r.action))
        ) as needs_everyone
    from (
        select iam_question_list([
            iam_subject_question(null, question_.action, question_.resource, iam_no_context()) for question_ in questions
        ]) as listed
    ) as l
),

class_members as materialized (
    from iam_principal_classes(
        (select q.listed from principal_questions as q),
        case when principal_arn is not null then [iam_subject(principal_arn)] end,
        everyone or (select q.needs_everyone from principal_questions as q), not leaders, (select q.resources from principal_questions as q)
    )
),

outside_principals as materialized (
    select o.principal, o.account_id, o.subject
    from iam_outside_principals((select q.resources from principal_questions as q)) as o
    where principal_arn is null
)

select e.* replace (m.principal as principal, m.account_id as account_id)
from iam_evaluation(
    (select q.listed from principal_questions as q),
    (
        select list(s.subject) from (
            select iam_subject(l.leader) as subject from (select distinct m.leader from class_members as m) as l
            union all
            select o.subject from outside_principals as o
        ) as s
    ),
    everyone,
    (select q.resources from principal_questions as q)
) as e
join (
    select c.principal, c.account_id, c.leader from class_members as c
    union all
    select o.principal, o.account_id, o.principal from outside_principals as o
) as m on m.leader = e.principal and (not leaders or m.principal = m.leader);
