-- The questions, the condition keys that they depend on, and the principals that policies name.

class_questions as materialized (
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
