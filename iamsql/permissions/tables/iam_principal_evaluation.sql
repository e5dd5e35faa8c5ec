-- The result of policy evaluation for questions {'action', 'resource'} and the user or role `principal_arn`, or with NULL for every
-- user and role, and for the principals that are none of the run and that the policy of a resource allows. `everyone`, `trust` and
-- the columns are those of iam_evaluation. One principal of each class (iam_principal_classes) is evaluated for all; with `leaders`
-- the result has these principals alone.
-- gives: question BIGINT, principal VARCHAR, account_id VARCHAR, action VARCHAR, resource VARCHAR, verdict VARCHAR, why VARCHAR, reasons VARCHAR[], not_considered VARCHAR, as_read VARCHAR, missing VARCHAR[]
create or replace macro iam_principal_evaluation(questions, principal_arn, everyone, trust, leaders) as table
with principal_questions as materialized (
    select case
        when trust then [
            iam_subject_question(null, question_.action, question_.resource, iam_no_context(), true) for question_ in questions
        ]
        else [iam_resource_question(null, question_.action, question_.resource, iam_no_context()) for question_ in questions]
    end as listed
),

class_members as materialized (
    from iam_principal_classes(
        (select q.listed from principal_questions as q),
        case when principal_arn is not null then [iam_subject(principal_arn)] end,
        everyone or trust, not leaders
    )
),

outside_principals as materialized (
    select o.principal, o.account_id, o.subject
    from iam_outside_principals((select q.listed from principal_questions as q)) as o
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
    everyone
) as e
join (
    select c.principal, c.account_id, c.leader from class_members as c
    union all
    select o.principal, o.account_id, o.principal from outside_principals as o
) as m on m.leader = e.principal and (not leaders or m.principal = m.leader);
