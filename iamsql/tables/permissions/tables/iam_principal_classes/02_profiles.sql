-- The digest of everything that the evaluation of a question reads about a subject.

-- The actions that each distinct list of action patterns matches. There are only a few lists, because many policies have the same.
matched_actions as materialized (
    select s.action_likes, s.is_action, [
        action_ for action_ in f.actions
        if iam_matches_action(s.action_likes, s.is_action, action_)
    ] as matched
    from (select distinct t.action_likes, t.actions is not null as is_action from aws_iam_statement as t) as s
    cross join question_facts as f
),

-- The statements that match a question's action, with a string that is equal for equal statements. `by_principal` and `by_account`
-- are whether the statement depends on the principal or its account.
matching_statements as materialized (
    select
        s.document_id, s.number,
        -- a digest is shorter, but hides the account's own ID
        case
            when regexp_matches(t.statement_text, '\d{12}') then t.statement_text else md5(t.statement_text)
        end as statement_text,
        iam_conditions_use(s.conditions, 'principal') or s.has_variables and (
            f.has_resource
            or contains(lower(array_to_string(coalesce(s.resources, s.not_resources), ' ')), '${aws:principaltag/')
            or len([1 for condition_ in s.conditions if contains(array_to_string(condition_."values", ' '), '${')]) > 0
        ) as by_principal,
        iam_conditions_use(s.conditions, 'account') as by_account
    from aws_iam_statement as s
    join matched_actions as n on n.action_likes = s.action_likes and n.is_action = (s.actions is not null)
    cross join question_facts as f
    cross join lateral (select concat(md5(cast(n.matched as varchar)), cast(to_json({
        'effect': s.effect, 'resources': s.resources, 'not_resources': s.not_resources, 'conditions': s.conditions,
        'has_variables': s.has_variables
    }) as varchar)) as statement_text) as t
    where len(n.matched) > 0
),

-- The identity-based policies and permissions boundary of each subject.
own_policies as materialized (
    select l.principal_arn as subject, l.account_id, l.layer, l.via, l.group_name, l.policy_name, l.document_id
    from aws_iam_principal_policy as l where (select subjects is null)
    union all
    select l.subject, l.account_id, l.layer, l.via, l.group_name, l.policy_name, l.document_id
    from iam_subject_policies(subjects) as l
),

-- A digest of each document's matching statements for the subjects of an account, with the account's ID left out.
document_digests as materialized (
    select
        o.document_id, o.account_id, bool_or(s.by_principal) as by_principal, bool_or(s.by_account) as by_account,
        md5(string_agg(
            md5(case when f.ignores_accounts then replace(s.statement_text, o.account_id, 'own~account') else s.statement_text end),
            ' ' order by s.number
        )) as digest
    from (select distinct w.document_id, w.account_id from own_policies as w where w.document_id is not null) as o
    join matching_statements as s on s.document_id = o.document_id
    cross join question_facts as f
    group by o.document_id, o.account_id
),

-- A digest of all policies of each subject. A boundary counts even without matching statements, because it then allows nothing.
subject_digests as materialized (
    select
        l.subject, bool_or(l.by_principal) as by_principal, bool_or(l.by_account) as by_account,
        md5(string_agg(distinct l.policy, ';' order by l.policy)) as policies
    from (
        select
            r.subject, d.by_principal, d.by_account,
            concat(
                r.layer, ' ', d.digest,
                case when r.document_id is null then concat('unread ', r.policy_name) end,
                case when same_names then concat_ws(' ', r.via, r.group_name, r.policy_name) end
            ) as policy
        from own_policies as r
        left join document_digests as d on d.document_id = r.document_id and d.account_id = r.account_id
        where d.document_id is not null or r.document_id is null or r.layer = 'boundary'
    ) as l
    group by l.subject
),

-- One row: whether the resource control policies of a resource's account depend on the principal or its account. The guardrail_id
-- of a principal covers only the organization policies of its own account.
resource_account_rcps as materialized (
    select coalesce(bool_or(s.by_principal), false) as by_principal, coalesce(bool_or(s.by_account), false) as by_account
    from matching_statements as s
    join aws_organizations_account_policy as l on l.document_id = s.document_id and l.type = 'RESOURCE_CONTROL_POLICY'
    where
        exists (select 1 from class_questions as q where iam_resource_account(q.resource) is not null)
        or exists (select 1 from class_resources)
),

all_subjects as (
    select p.principal_arn as subject, p.principal_arn as principal from aws_iam_principal as p where (select subjects is null)
    union all
    select s.definition.subject, s.definition.principal from (select unnest(iam_subject_list(subjects)) as definition) as s
),

-- The class of each subject. Without `one_per_subject`, a subject to which no statement applies has no row: it is an implicit
-- deny.
profiles as materialized (
    select
        w.subject, p.account_id,
        case when one_per_subject or d.by_principal or r.by_principal or c.by_principal then w.subject else concat_ws(
            '|', p.type, p.has_guardrails, p.guardrail_id, p.tags is null, iam_is_service_linked_role(w.principal), d.policies,
            case
                when d.by_account or r.by_account or c.by_account or not f.ignores_accounts or a.account_id is not null
                    then p.account_id
            end,
            l.listed, case when e.is_about_resource then concat(p.organization_id, ' ', p.in_organization) end
        ) end as profile
    from all_subjects as w
    join aws_iam_principal as p on p.principal_arn = w.principal
    left join subject_digests as d on d.subject = w.subject
    cross join resource_account_rcps as r
    cross join question_facts as f
    cross join resource_conditions as c
    cross join (select exists (select 1 from class_resources) as is_about_resource) as e
    left join resource_accounts as a on a.account_id = p.account_id
    left join listed_subjects as l on l.principal_arn = w.principal
    where d.subject is not null or one_per_subject or (select subjects is not null) or a.account_id is not null
)

select
    p.subject as principal, p.account_id,
    min(p.subject) over (partition by p.profile) as leader
from profiles as p;
