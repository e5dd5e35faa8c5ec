-- The statements that match the action and the resource of each question.

-- The distinct lists of action patterns that match an action of the questions. There are only a few, because many policies have
-- the same lists.
action_patterns as materialized (
    select q.action, t.action_likes, t.is_action
    from (select distinct n.action from numbered_questions as n) as q
    cross join (
        select distinct d.action_likes, d.actions is not null as is_action from aws_iam_statement as d
        union
        select o.action_likes, o.actions is not null from other_statements as o
    ) as t
    where iam_matches_action(t.action_likes, t.is_action, q.action)
),

-- The documents that apply to any subject or resource. Other documents are left out early, because their statements take much
-- memory.
applicable_documents as materialized (
    select p.document_id from subject_policies as p
    union
    select l.document_id from aws_organizations_account_policy as l
    union
    select r.document_id from resource_policies as r
    union
    select e.document_id from known_resources as e where e.resource_type = 'vpc_endpoint'
),

-- The statements with each action of the questions that they match, and a number for each of these pairs. `document_action` is one
-- key for document and action. With two keys, DuckDB may join by the action first, which is a product.
action_statements as materialized (
    select row_number() over () as statement_id, t.*
    from (
        select a.action, concat(s.document_id, ' ', a.action) as document_action, s.*
        from action_patterns as a
        join aws_iam_statement as s on s.action_likes = a.action_likes and (s.actions is not null) = a.is_action
        where s.document_id in (select d.document_id from applicable_documents as d)
        union all
        select a.action, concat(o.document_id, ' ', a.action), o.*
        from action_patterns as a
        join other_statements as o on o.action_likes = a.action_likes and (o.actions is not null) = a.is_action
    ) as t
),

-- The documents that apply to the only subject of a question or to its resource.
question_documents as materialized (
    select q.question, concat(d.document_id, ' ', q.action) as document_action
    from numbered_questions as q
    join (
        select n.question, p.document_id
        from numbered_questions as n join subject_policies as p on p.subject_id = n.only_subject
        union
        select a.question, l.document_id
        from (
            select n.question, unnest([f.account_id, n.resource_account]) as account_id
            from numbered_questions as n join principal_facts as f on f.subject_id = n.only_subject
        ) as a
        join aws_organizations_account_policy as l on l.account_id = a.account_id
        union
        select n.question, t.document_id
        from numbered_questions as n join resource_policies as t on t.question = n.question
        where n.only_subject is not null
        union
        select n.question, e.document_id
        from numbered_questions as n join known_resources as e on n.has_policy and e.resource_type = 'vpc_endpoint'
        where n.only_subject is not null
    ) as d on d.question = q.question
),

-- The statements that match the action of a question. For a question about one subject these are the statements of its documents.
question_statements as (
    select
        q.question, q.resource, q.resource_account, q.only_subject, q.action as asked_action, q.supports_rcps,
        s.* exclude (action, document_action)
    from action_statements as s join numbered_questions as q on q.action = s.action
    where q.only_subject is null
    union all
    select d.question, q.resource, q.resource_account, q.only_subject, q.action, q.supports_rcps, s.* exclude (action, document_action)
    from question_documents as d
    join action_statements as s on s.document_action = d.document_action
    join numbered_questions as q on q.question = d.question
),

-- The statements among these that can match the resource. Resources with policy variables are compared later, for each subject.
-- `is_plain`: the statement matches every request. The lists of a statement would take much memory here, so they are joined where
-- they are needed.
matching_statements as materialized (
    select
        s.question, s.only_subject, s.statement_id, s.document_id, s.effect, s.resource_account, s.supports_rcps,
        len(s.conditions) = 0 and not s.has_variables
        and iam_ignores_resource(s.resource, coalesce(s.resources, s.not_resources)) as is_plain
    from question_statements as s
    where
        not iam_excludes_every_resource(s.not_resources) and (
            s.has_variables
            or iam_is_any_resource(s.resource) and (
                s.not_resources is not null or s.resources is null or iam_resources_may_match(s.asked_action, s.resources)
            )
            or s.resource_likes is null
            or (s.resources is not null)
            = (len([1 for like_ in s.resource_likes if s.resource like like_ escape '\']) > 0) and not iam_is_any_resource(s.resource)
        )
),
