-- The evaluation of questions {'action', 'resource'} for a user or role, `who`, or with NULL for every user and role; the rest
-- is as iam_evaluation has it. With `leaders` one of those who are alike, as iam_principal_classes has it, stands for all.
-- gives: question BIGINT, principal VARCHAR, account_id VARCHAR, action VARCHAR, resource VARCHAR, verdict VARCHAR, why VARCHAR, reasons VARCHAR[], not_considered VARCHAR, as_read VARCHAR, missing VARCHAR[]
create or replace macro iam_principal_evaluation(questions, who, everyone, trust, leaders) as table
with judged_questions as materialized (
    select [
        iam_subject_question(null, question_.action, question_.resource, iam_no_context(), trust) for question_ in questions
    ] as listed
),

judged_members as materialized (
    from iam_principal_classes(
        (select a.listed from judged_questions as a), case when who is not null then [iam_subject(who)] end,
        everyone or trust, not leaders
    )
)

select j.* replace (m.principal as principal, m.account_id as account_id)
from iam_evaluation(
    (select a.listed from judged_questions as a),
    (select list(iam_subject(l.leader)) from (select distinct m.leader from judged_members as m) as l),
    everyone
) as j
join judged_members as m on m.leader = j.principal and (not leaders or m.principal = m.leader);
