-- Which subjects have the same answers, so that one of them, the leader, is judged for all: the same policies that speak of
-- what is asked reach them, by the same ways, under the same policies of the organization, and no statement asks who they
-- are. An account's own id counts as the same text everywhere, unless a question or an organization's policy names accounts.
-- With `apart` each subject is its own leader; with `named` the names of the policies have to be the same too.
-- gives: principal VARCHAR, account_id VARCHAR, leader VARCHAR
create or replace macro iam_principal_classes(questions, subjects, apart, named) as table
with asked as materialized (
    select q.one.action as action, q.one.resource as resource, q.one.context as context
    from (select unnest(iam_question_list(questions)) as one) as q
),

actions as materialized (
    select
        list(distinct lower(a.action)) as every_action,
        coalesce(bool_or(not iam_is_any_resource(a.resource) and not contains(a.resource, '*')), false) as has_one,
        coalesce(bool_and(not regexp_matches(concat(a.resource, cast(a.context as varchar)), '\d{12}')), false)
        and not exists (
            from aws_organizations_account_policy as l join aws_iam_statement as s on s.document_id = l.document_id
            where regexp_matches(array_to_string(coalesce(s.resources, s.not_resources, []), ' '), ':\d{12}:')
        ) as is_general
    from asked as a
),

-- lists of actions are few, and the same in many policies
matching as materialized (
    select s.action_likes, s.reaches, [
        action_ for action_ in a.every_action
        if iam_matches_action(s.action_likes, s.reaches, action_)
    ] as matched
    from (select distinct t.action_likes, t.actions is not null as reaches from aws_iam_statement as t) as s
    cross join actions as a
),

applicable as materialized (
    select
        s.document_id, s.number,
        -- short where an account's own id cannot be in it
        case when regexp_matches(t.said, '\d{12}') then t.said else md5(t.said) end as said,
        iam_conditions_use(s.conditions, 'principal') or s.has_variables and (
            a.has_one
            or contains(lower(array_to_string(coalesce(s.resources, s.not_resources), ' ')), '${aws:principaltag/')
            or len([1 for condition_ in s.conditions if contains(array_to_string(condition_."values", ' '), '${')]) > 0
        ) as personal,
        iam_conditions_use(s.conditions, 'account') as by_account
    from aws_iam_statement as s
    join matching as n on n.action_likes = s.action_likes and n.reaches = (s.actions is not null)
    cross join actions as a
    cross join lateral (select concat(md5(cast(n.matched as varchar)), cast(to_json({
        'effect': s.effect, 'resources': s.resources, 'not_resources': s.not_resources, 'conditions': s.conditions,
        'modern': s.has_variables
    }) as varchar)) as said) as t
    where len(n.matched) > 0
),

own as materialized (
    select l.principal_arn as subject, l.account_id, l.layer, l.via, l.group_name, l.policy_name, l.document_id
    from aws_iam_principal_policy as l where (select subjects is null)
    union all
    select l.subject, l.account_id, l.layer, l.via, l.group_name, l.policy_name, l.document_id
    from iam_subject_policies(subjects) as l
),

-- what a document says to the principals of an account, with the account's id left out
documents as materialized (
    select
        o.document_id, o.account_id, bool_or(s.personal) as personal, bool_or(s.by_account) as by_account,
        md5(string_agg(
            case when a.is_general then replace(s.said, o.account_id, 'own~account') else s.said end, ' ' order by s.number
        )) as says
    from (select distinct w.document_id, w.account_id from own as w where w.document_id is not null) as o
    join applicable as s on s.document_id = o.document_id
    cross join actions as a
    group by o.document_id, o.account_id
),

owned as materialized (
    select
        l.subject, bool_or(l.personal) as personal, bool_or(l.by_account) as by_account,
        md5(string_agg(distinct l.policy, ';' order by l.policy)) as policies
    from (
        select
            r.subject, d.personal, d.by_account,
            concat(
                r.layer, ' ', d.says,
                case when r.document_id is null then concat('unread ', r.policy_name) end,
                case when named then concat_ws(' ', r.via, r.group_name, r.policy_name) end
            ) as policy
        from own as r left join documents as d on d.document_id = r.document_id and d.account_id = r.account_id
        where d.document_id is not null or r.document_id is null or r.layer = 'boundary'
    ) as l
    group by l.subject
),

-- what resource control policies of another account ask about the principal, its own policies do not tell
elsewhere as materialized (
    select coalesce(bool_or(s.personal), false) as personal, coalesce(bool_or(s.by_account), false) as by_account
    from applicable as s
    join aws_organizations_account_policy as l on l.document_id = s.document_id and l.type = 'RESOURCE_CONTROL_POLICY'
    where exists (select 1 from asked as q where iam_resource_account(q.resource) is not null)
),

everyone as (
    select p.principal_arn as subject, p.principal_arn as principal from aws_iam_principal as p where (select subjects is null)
    union all
    select s.one.subject, s.one.principal from (select unnest(iam_subject_list(subjects)) as one) as s
),

alike as materialized (
    select
        w.subject, p.account_id,
        case when apart or o.personal or e.personal then w.subject else concat_ws(
            '|', p.type, p.is_guarded, p.guard_id, p.tags is null, w.principal like '%:role/aws-service-role/%', o.policies,
            case when o.by_account or e.by_account or not a.is_general then p.account_id end
        ) end as profile
    from everyone as w
    join aws_iam_principal as p on p.principal_arn = w.principal
    left join owned as o on o.subject = w.subject
    cross join elsewhere as e
    cross join actions as a
    where o.subject is not null or apart or (select subjects is not null)
)

select
    a.subject as principal, a.account_id,
    min(a.subject) over (partition by a.profile) as leader
from alike as a;
