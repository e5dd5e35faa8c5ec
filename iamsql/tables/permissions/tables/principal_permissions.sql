-- Returns the important actions that principals can perform, the principals that they can become, and the principals that can
-- become them, as rows of text. Each action is evaluated as in `can`: risky actions on any resource, the others on any user, on any
-- role or on the role to assume. Denied actions have no row. With `paths`, the result also has the risk score and the escalation
-- paths, which evaluate every principal of the organization.
-- returns: principal VARCHAR, place BIGINT, section VARCHAR, item VARCHAR, value VARCHAR, detail VARCHAR, source VARCHAR
create or replace macro principal_permissions(arns, paths) as table
with wanted as materialized (
    select l.principal, l.account_id, l.kind, l.name from listed_principals(arns) as l where l.kind is not null
),

-- The roles whose trust policy names a principal of the same account, or everyone.
assumable as materialized (
    select distinct w.principal, t.role_arn
    from wanted as w
    inner join trust_edges() as t
        on t.effect = 'Allow' and t.role_arn <> w.principal and (t.kind = 'anyone' or t.other = w.account_id)
),

asked as materialized (
    select list(q.question order by q.place, cast(q.question as varchar)) as questions
    from (
        select 1 as place, unnest(iam_admin_questions()) as question
        union all
        select 2, iam_question(k.action, 'any')
        from iam_risky_actions() as k
        union all
        select 3, iam_question(c.action, c.resource)
        from (
            values ('iam:CreateAccessKey', 'any user'), ('iam:CreateLoginProfile', 'any user'), ('iam:UpdateLoginProfile', 'any user'),
            ('iam:UpdateAssumeRolePolicy', 'any role'), ('iam:PassRole', 'any role')
        ) as c (action, resource)
        union all
        select 4, iam_subject_question(a.principal, 'sts:AssumeRole', a.role_arn, iam_no_context())
        from assumable as a
    ) as q
),

verdicts as materialized (
    select e.question, e.principal, e.action, e.resource, e.verdict, e.reason, e.reasons, e.not_considered
    from iam_evaluation(
        (select a.questions from asked as a), (select list(iam_subject(w.principal) order by w.principal) from wanted as w),
        false, null
    ) as e
    where e.verdict <> 'denied'
),

admins as (
    select
        v.principal,
        case
            when bool_or(v.verdict = 'unknown') then 'unknown'
            when bool_and(v.verdict = 'allowed') then 'allowed'
            else 'conditional'
        end as verdict,
        max(case when v.question = 1 then v.reason end) as reason
    from verdicts as v
    where v.question <= len(iam_admin_questions())
    group by v.principal
    having count(*) = len(iam_admin_questions())
),

-- The principals that may create credentials for a user, and the principals that may assume a role. One member of each class of
-- principals is evaluated for all.
others_asked as materialized (
    select
        coalesce(list(iam_subject_question(null, x.action, w.principal, iam_no_context()) order by w.principal, x.action), [])
            as questions,
        coalesce(bool_or(x.kind = 'role'), false) as is_trust
    from wanted as w
    inner join (
        values ('user', 'iam:CreateAccessKey'), ('user', 'iam:CreateLoginProfile'), ('user', 'iam:UpdateLoginProfile'), ('role', 'sts:AssumeRole')
    ) as x (kind, action) on x.kind = w.kind
),

classes as materialized (
    from iam_principal_classes(
        (select o.questions from others_asked as o), null, (select o.is_trust from others_asked as o), true, null
    )
),

takers as materialized (
    select e.resource as principal, m.principal as other, e.action, e.verdict, e.reason
    from iam_evaluation(
        (select o.questions from others_asked as o),
        (select list(iam_subject(l.leader)) from (select distinct m.leader from classes as m) as l),
        false, null
    ) as e
    inner join classes as m on m.leader = e.principal
    where e.verdict <> 'denied' and m.principal <> e.resource
),

risks as (
    select r.*
    from iam_risk('{}', 90, 45) as r
    where paths and r.kind in ('user', 'role')
),

steps as materialized (
    select p.principal, p.path, p.verdict, p.conditions, p.method, p.steps
    from iam_escalation_paths(false) as p
    where paths and p.method <> 'administrator'
),

facts as (
    select
        w.principal, 601 as place, 'permission' as section, 'administrator' as item, coalesce(a.verdict, 'no') as value,
        a.reason as detail, 'admins' as source
    from wanted as w
    left join admins as a on a.principal = w.principal
    union all
    select
        w.principal, 602, 'permission', 'risk score', cast(r.score as varchar),
        concat_ws('; ', r.reason, 'at least: unknown ' || r."unknown"), 'risk_score'
    from wanted as w
    inner join risks as r on r.account_id = w.account_id and r.kind = w.kind and r.name = w.name
    union all
    select
        v.principal, 610, 'permission', k.risk, v.verdict,
        concat(
            string_agg(v.action, ', ' order by v.action), ': ', min(v.reason), case when count(distinct v.reason) > 1 then ' (and others)' end
        ),
        'can'
    from verdicts as v
    inner join iam_risky_actions() as k on k.action = v.action
    where v.resource = 'any'
    group by v.principal, k.risk, v.verdict
    union all
    select s.principal, 703, 'access to others', concat('escalation path: ', s.method), s.verdict, s.path, 'escalation_paths'
    from steps as s
    inner join wanted as w on w.principal = s.principal
    union all
    select v.principal, 702, 'access to others', concat(v.action, ' on ', v.resource), v.verdict, v.reason, 'can'
    from verdicts as v
    where v.resource in ('any user', 'any role')
    union all
    select v.principal, 701, 'access to others', v.resource, v.verdict, v.reason, 'who_can_assume'
    from verdicts as v
    where v.action = 'sts:AssumeRole' and v.resource like 'arn:%'
    union all
    select
        t.principal, 801, 'access to it', t.other, case
            when bool_or(t.verdict = 'allowed') then 'allowed' when bool_or(t.verdict = 'conditional') then 'conditional' else 'unknown'
        end,
        concat(array_to_string(list_sort(list(distinct t.action)), ', '), ': ', min(t.reason)), 'who_can'
    from takers as t
    group by t.principal, t.other
    union all
    select w.principal, 802, 'access to it', concat('escalation path of ', s.principal), s.verdict, s.path, 'escalation_paths'
    from wanted as w
    inner join steps as s
        on s.principal <> w.principal and list_contains(regexp_split_to_array(s.path, ' -\[[^\]]*\]-> | '), w.principal)
)

select f.principal, cast(f.place as bigint) as place, f.section, f.item, f.value, f.detail, f.source from facts as f;
