-- The classes of principals whose statements have the same effects on the same actions.

own_statements as materialized (
    select
        u.principal_arn, u.guardrail_id, d.layer, s.* exclude (is_simple, is_simple_for_users),
        d.layer = 'identity' and s.effect = 'Allow' as is_grant,
        s.is_simple or s.is_simple_for_users and u.type = 'User' as is_simple,
        case when s.uses_principal then u.principal_arn when s.uses_account then u.account_id end as owner
    from subject_documents as d
    inner join subjects as u on u.principal_arn = d.principal_arn
    inner join statements as s on s.document_id = d.document_id
),

-- The resources of a simple Allow matter only together with statements that restrict the resources of the same actions.
restricting as materialized (
    select distinct s.principal_arn as owner, s.pattern
    from own_statements as s where not s.ignores_resource and not s.is_grant
    union
    select distinct o.guardrail_id, o.pattern from organization_statements as o where not o.ignores_resource
),

restricted as materialized (
    select distinct r.owner, a.pattern
    from restricting as r
    inner join pattern_actions as b on b.pattern = r.pattern
    inner join pattern_actions as a on a.number = b.number
    where a.pattern in (select s.pattern from own_statements as s where s.is_grant and s.is_simple and not s.is_plain)
),

-- The effect of each statement of a principal in an evaluation. `is_open`: its resources or conditions decide.
effects as materialized (
    select
        s.principal_arn, s.pattern, s.layer, s.effect, s.is_grant, s.is_plain, s.is_empty, s.lacks_iam,
        not s.is_plain and not (s.is_grant and s.is_simple and r.pattern is null and g.pattern is null) as is_open,
        case
            when s.is_plain or s.is_grant and s.is_simple and r.pattern is null and g.pattern is null then ''
            else concat(s.digest, s.owner)
        end as digest
    from own_statements as s
    left join restricted as r on r.owner = s.principal_arn and r.pattern = s.pattern
    left join restricted as g on g.owner = s.guardrail_id and g.pattern = s.pattern
),

-- Principals with the same effects, and with the same patterns.
subject_keys as materialized (
    select
        e.principal_arn, md5(string_agg(e.text, ' ' order by e.text)) as effects_id,
        md5(string_agg(distinct e.pattern_text, ' ' order by e.pattern_text)) as patterns_id, bool_or(e.is_unread) as is_unread,
        bool_or(e.is_boundary) as has_boundary
    from (
        select distinct
            f.principal_arn, concat_ws(' ', f.layer, f.effect, f.pattern, f.is_empty, f.lacks_iam, f.is_plain, f.is_open, f.digest) as text,
            concat(f.pattern, f.is_grant) as pattern_text, false as is_unread, f.layer = 'boundary' as is_boundary
        from effects as f
        union all
        select d.principal_arn, concat_ws(' ', d.layer, d.unread), null, true, d.layer = 'boundary'
        from subject_documents as d where d.document_id is null
        union all
        select s.principal_arn, 'no details', null, true, false from subjects as s where s.lacks_details
        union all
        -- a boundary without statements allows nothing
        select d.principal_arn, 'boundary', null, false, true from subject_documents as d where d.layer = 'boundary'
    ) as e
    group by e.principal_arn
),

guardrail_patterns as materialized (
    select o.guardrail_id, md5(string_agg(distinct cast(o.pattern as varchar), ' ' order by cast(o.pattern as varchar))) as organization_id
    from organization_statements as o
    group by o.guardrail_id
),

classes as materialized (
    select row_number() over (order by c.example) as class_id, c.*
    from (
        select
            k.effects_id, k.patterns_id, k.is_unread, k.has_boundary, s.guardrail_id, g.organization_id, s.type, s."partition",
            min(s.principal_arn) as example
        from subjects as s
        inner join subject_keys as k on k.principal_arn = s.principal_arn
        left join guardrail_patterns as g on g.guardrail_id = s.guardrail_id
        group by all
    ) as c
),
