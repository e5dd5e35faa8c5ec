-- The conditions of these statements, compared with the values of their condition keys.

-- The conditions of these statements. For a question about any resource, the resource is one of the conditions.
resolved_conditions as materialized (
    select s.conditional_id, s.question, s.facts, s.resource, unnest(s.conditions || case
        when iam_ignores_resource(s.resource, coalesce(s.resources, s.not_resources)) then []
        else [{
            'operator': case when s.resources is not null then 'stringlike' else 'stringnotlike' end,
            'qualifier': cast(null as varchar), 'if_exists': false, 'key': 'resource' || s.resource[4:], 'original_key': 'resource',
            'values': coalesce(s.resources, s.not_resources)
        }] end) as condition
    from resolved_statements as s
),

-- Each condition with the value of its key, if the question's context, a global service's Region or the data determines it.
evaluated_conditions as materialized (
    select t.*, iam_holds(t.operator, t.qualifier, t.if_exists, t."values", t.key_value) as holds
    from (
        select
            c.conditional_id, c.key, c.original_key, c.operator, c.qualifier, c.if_exists, c."values", c.facts.type as type,
            len(c.context_entries) > 0 or c.is_global_region or c.is_absent
            or iam_key_is_known(c.facts, c.operator, c.key, c."values", c.resource)
                -- everyone stands for callers with the key and without it
                and not (
                    c.facts.type = 'Anonymous' and (c.if_exists or coalesce(c.qualifier, '') = 'all') and not iam_negated(c.operator)
                    and iam_caller_key(c.key, false) is not null
                ) as is_known,
            case
                when len(c.context_entries) > 0 then c.context_entries[1]."values"[1]
                when c.is_global_region then iam_global_region(c.facts.arn)
                when c.is_absent then null
                else iam_key_value(c.facts, c.key, c.resource)
            end as key_value
        from (
            select
                o.conditional_id, o.facts, o.resource, o.condition.key as key, o.condition.original_key as original_key,
                o.condition.operator as operator, o.condition.qualifier as qualifier, o.condition.if_exists as if_exists,
                o.condition."values" as "values",
                [entry_ for entry_ in q.context if entry_.key = o.condition.key] as context_entries,
                o.condition.key = 'aws:requestedregion' and iam_is_global_service(q.action) as is_global_region,
                (q.has_policy or q.trust) and o.facts.type <> 'Service' and o.condition.key in (
                    'aws:sourcearn', 'aws:sourceaccount', 'aws:sourceorgid', 'aws:sourceorgpaths'
                )
                -- everyone includes services that make requests for the resources of others
                and (o.facts.type <> 'Anonymous' or len([
                    1 for value_ in o.condition."values"
                    if iam_value_party(o.condition.operator, iam_caller_key(o.condition.key, true), value_) not in (
                        coalesce(q.resource_account, ''), coalesce(o.facts.own_organization, ''), 'own account', 'own organization'
                    )
                ]) = 0) or q.has_tags and iam_is_resource_tag(o.condition.key) as is_absent
            from resolved_conditions as o join numbered_questions as q on q.question = o.question
        ) as c
    ) as t
),

-- The keys of principal tags that the evaluation of a role used. A session may have other tags.
session_tag_keys as materialized (
    select b.question, b.subject_id, array_to_string(iam_sorted_set(list(t.original_key)), ', ') as keys
    from (
        select c.conditional_id, c.original_key, c.type from evaluated_conditions as c where starts_with(c.key, 'aws:principaltag/')
        union all
        select
            v.conditional_id, unnest([name_ for name_ in v.names if starts_with(lower(name_), 'aws:principaltag/')]), v.facts.type
        from statement_variables as v
    ) as t
    join conditional_statements as s using (conditional_id)
    join pair_scopes as b on b.question = s.question and b.scope_id = s.scope_id
    join principal_facts as f on f.subject_id = b.subject_id
    where t.type = 'AssumedRole' and not f.has_session_tags
    group by b.question, b.subject_id
),

-- Whether a statement can match, and its conditions on keys with values that depend on the request.
open_conditions as materialized (
    select
        t.conditional_id,
        bool_and(t.holds or not t.is_known) as may_hold,
        list_sort(list({
            'key': t.key, 'original_key': t.original_key, 'operator': t.operator, 'qualifier': t.qualifier,
            'if_exists': t.if_exists, 'values': t."values", 'is_always_present': iam_key_is_always_present(t.key, t.type)
        }) filter (not t.is_known)) as conditions
    from evaluated_conditions as t
    group by t.conditional_id
),
