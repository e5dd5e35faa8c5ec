-- The arguments as rows: subjects, resources and questions, with the rules of AWS for the action of each question.

-- The subjects. Their numbers take less memory than their names.
numbered_subjects as materialized (
    select row_number() over (order by s.definition.subject) as subject_id, s.definition.subject as subject, s.definition
    from (select unnest(iam_subject_list(subjects)) as definition) as s
),

-- The resources with policies that the run has; see iam_known_resources.
known_resources as materialized (
    select
        r.item.account_id as account_id, r.item.resource_type as resource_type, r.item.arn as arn, r.item."name" as name,
        r.item.document_id as document_id, r.item.policy_status as policy_status,
        r.item.restrict_public_buckets as restrict_public_buckets, r.item.object_ownership as object_ownership,
        r.item.ignore_public_acls as ignore_public_acls, r.item."grants" as grants, r.item.key_manager as key_manager
    from (select unnest(iam_resource_list(resources)) as item) as r
),

question_definitions as materialized (
    select unnest(l.listed) as definition, generate_subscripts(l.listed, 1) as question
    from (select iam_question_list(questions) as listed) as l
),

-- The rules of AWS for the actions of the questions. Only the types of subjects in `callers` can make the call. `is_local`: AWS
-- does not accept the call from another account. `shareable`: the resource types that owners can share, for a service whose
-- resources have no policies. `rule` is one of these:
--   always: no policy decides
--   unsigned: IAM evaluates no policies, and the call needs no credentials
--   root: no resource policy denies the call of the owner's root user
--   callers: policies decide
action_rules as materialized (
    select
        k.action, max(r.rule) as rule, any_value(r.callers) as callers, max(r.reason) as reason,
        count(r.is_local) > 0 as is_local, count(r.supports_rcps) > 0 and count(r.is_exempt) = 0 as supports_rcps,
        any_value(coalesce(r.shareable, [])) filter (r.has_no_policies is not null) as shareable
    from (
        select d.action, unnest([lower(d.action), split_part(lower(d.action), ':', 1)]) as name
        from (select distinct u.definition."action" as action from question_definitions as u) as d
    ) as k
    left join iam_action_rules() as r on r.name = k.name
    group by k.action
),

-- The questions. `only_subject` is NULL for a question about every subject, and 0 for one about a subject that is not listed.
-- `owner_arn` is the resource whose policy is evaluated. `owner_type` is its resource type. The resource control policies of an
-- account do not decide a question about any role, which can be in another account.
asked_questions as materialized (
    select
        q.question, q.definition.action as action, q.definition.resource as resource, q.definition.context as context,
        iam_uses_trust_policy(q.definition.action, q.definition.resource) as trust,
        c.* exclude (action) replace (
            c.supports_rcps and not (
                iam_is_any_resource(q.definition.resource) and lower(q.definition.action) = 'sts:assumerole'
            ) as supports_rcps
        ),
        q.owner_arn, iam_policy_resource_type(q.owner_arn) as owner_type,
        case
            when q.has_resources then [entry_ for entry_ in q.definition.context if entry_.key = 'aws:sourceaccount'][1]."values"[1]
        end as source_account,
        case when q.definition.subject is not null then coalesce(n.subject_id, 0) end as only_subject
    from (
        select
            u.question, u.definition, k.has_resources,
            case when k.has_resources then iam_policy_owner(u.definition.resource) end as owner_arn
        from question_definitions as u
        cross join (select exists (select 1 from known_resources) as has_resources) as k
    ) as q
    left join numbered_subjects as n on n.subject = q.definition.subject
    join action_rules as c on c.action = q.definition.action
),
