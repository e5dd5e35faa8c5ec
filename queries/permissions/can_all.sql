-- title: Many questions of the form of can at once
-- kind: report
-- severity: info
-- tags: permissions, policies, organizations
-- columns: principal, action, resource, verdict, reason
-- param: questions questions  # A JSON list of objects with principal, action and resource
-- positional: questions
-- remediation: iamsql query principal_statements --arg principal={principal}
-- remediation: iamsql query can --arg principal={principal} --arg action={action} --arg resource={resource}
--
-- Returns one row for each question, in the order of the list. The columns are the columns of `can`, which describes
-- the verdicts. In SQL the parameter is a list, as JSON or as structs: `from can_all(questions := [{'principal':
-- 'arn:aws:iam::111122223333:user/ana', 'action': 'iam:CreateUser'}])`, or `from can_all(questions := (select list(q)
-- from my_questions as q))` for a table. A question without `resource` means `*`. Review `allowed` rows that you do not
-- expect.

with questions as materialized (
    select
        x.place,
        json_extract_string(x.question, '$.principal') as principal,
        rtrim(json_extract_string(x.question, '$.action'), '!') as action,  -- newer than the list of actions
        coalesce(json_extract_string(x.question, '$.resource'), '*') as resource
    from (
        select
            unnest(cast(json_extract($questions, '$[*]') as json[])) as question,
            unnest(range(1, 1 + cast(json_array_length($questions) as bigint))) as place
    ) as x
),

answers as materialized (
    select j.principal, j.action, j.resource, j.verdict, j.reason, j.not_considered
    from iam_evaluation(
        (
            select list(iam_subject_question(d.principal, d.action, d.resource, iam_no_context()))
            from (select distinct q.principal, q.action, q.resource from questions as q) as d
        ),
        (
            select list(s.subject)
            from iam_requesters(
                (select list(q.principal) from questions as q), cast(null as varchar), cast(null as varchar)
            ) as s
        ),
        true,
        (select list(r.item) from iam_known_resources((select list(distinct q.resource) from questions as q)) as r)
    ) as j
)

select
    q.principal, q.action, q.resource,
    case when e.verdict is null and a.account_id is null then 'unknown' else e.verdict end as verdict,
    coalesce(
        e.reason, case when a.account_id is null then 'not read: the account of the principal' else 'This run has no such user or role.' end
    ) as reason,
    e.not_considered
from questions as q
left join (select distinct p.account_id from aws_iam_principal as p) as a on a.account_id = split_part(q.principal, ':', 5)
left join answers as e on e.principal = q.principal and e.action = q.action and e.resource = q.resource
order by q.place
