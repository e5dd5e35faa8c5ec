-- Returns equivalence classes of subjects. The questions have the same answers for all subjects of a class, so one subject, the
-- leader, is evaluated for the class. The subjects of a class have these properties in common:
--   the policies whose statements match the questions: the statements are the same, and apply in the same ways
--   the organization policies
--   no condition depends on which of the subjects makes the request
--   the policy of the resource of a question lists them alike
-- The ID of a subject's own account counts as the same text in each account, unless a question or an organization policy names an
-- account. For a question about a resource with a policy, this is not so in the accounts that the resource names. With
-- `one_per_subject` each subject is a class of its own. With `same_names` the names of the policies are also the same.
-- returns: principal VARCHAR, account_id VARCHAR, leader VARCHAR
create or replace macro iam_principal_classes(questions, subjects, one_per_subject, same_names, resources) as table
with class_questions as materialized (
    select
        q.definition.action as action, q.definition.resource as resource, q.definition.context as context,
        case
            when not iam_uses_trust_policy(q.definition.action, q.definition.resource) then iam_policy_owner(q.definition.resource)
        end as owner_arn
    from (select unnest(iam_question_list(questions)) as definition) as q
),

-- The resources with policies that the questions are about.
class_resources as materialized (
    select q.resource, r.item.account_id as account_id, r.item.document_id as document_id, r.item."grants" as grants
    from class_questions as q
    join (select unnest(iam_resource_list(resources)) as item) as r on r.item.arn in (
        q.owner_arn, concat(split_part(q.owner_arn, ':log-group:', 1), ':log-group:*')
    )
),

-- The accounts that these resources name. In other accounts, the ID of a principal's own account counts as the same text.
resource_accounts as materialized (
    select r.account_id from class_resources as r
    union
    select unnest(regexp_extract_all(r.resource, '\d{12}')) from class_resources as r
),

-- One row: whether the policies of these resources depend on the principal or its account, and not only on the listed principals.
resource_conditions as materialized (
    select
        coalesce(bool_or(s.has_variables or iam_conditions_use(s.conditions, 'principal')), false) as by_principal,
        coalesce(bool_or(len([
            1 for condition_ in s.conditions
            if condition_.key in ('aws:principalaccount', 'aws:principalorgpaths', 'kms:calleraccount')
        ]) > 0), false) as by_account
    from aws_iam_statement as s where s.document_id in (select r.document_id from class_resources as r)
),

-- The principals that these policies list, as keys of subjects.
listed_principals as materialized (
    select distinct case
        when l.name like 'arn:%:iam::%:root' then split_part(l.name, ':', 5)
        when l.name like 'arn:%:sts::%:assumed-role/%/%' then concat(split_part(l.name, ':', 5), '/', split_part(l.name, '/', 2))
        else l.name
    end as principal_key
    from (
        select e.element."value" as name
        from (
            select unnest(coalesce(s.principals, s.not_principals)) as element
            from aws_iam_statement as s where s.document_id in (select r.document_id from class_resources as r)
        ) as e
        union all
        select json_extract_string(g.item, '$.GranteePrincipal')
        from (select unnest(elements(r.grants)) as item from class_resources as r where r.grants is not null) as g
    ) as l
    where l.name <> '*'
),

-- The keys by which these policies list a subject, as a string that is equal for subjects that they list alike.
listed_subjects as materialized (
    select k.principal_arn, string_agg(distinct k.principal_key, ' ' order by k.principal_key) as listed
    from (
        select p.principal_arn, unnest([
            p.principal_arn, p.id, p.account_id, concat(p.account_id, '/', p.name)
        ]) as principal_key
        from aws_iam_principal as p where exists (select 1 from listed_principals)
    ) as k
    join listed_principals as l on l.principal_key = k.principal_key
    group by k.principal_arn
),

-- One row: all actions, whether a question is about one resource (`has_resource`), and whether neither questions nor organization
-- policies name an account (`ignores_accounts`).
question_facts as materialized (
    select
        list_sort(list(distinct lower(q.action))) as actions,
        coalesce(bool_or(not iam_is_any_resource(q.resource) and not contains(q.resource, '*')), false) as has_resource,
        coalesce(bool_and(r.resource is not null), false)
        or coalesce(bool_and(not regexp_matches(concat(q.resource, cast(q.context as varchar)), '\d{12}')), false)
        and not exists (
            from aws_organizations_account_policy as l join aws_iam_statement as s on s.document_id = l.document_id
            where regexp_matches(array_to_string(coalesce(s.resources, s.not_resources, []), ' '), ':\d{12}:')
        ) as ignores_accounts
    from class_questions as q left join class_resources as r on r.resource = q.resource
),

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
