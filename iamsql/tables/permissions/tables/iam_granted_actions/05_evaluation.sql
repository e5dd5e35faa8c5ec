-- The cells whose result depends on resources or conditions. iam_evaluation evaluates one example of each.

-- The cells that an evaluation decides. Cells with the same signature have one result.
open_cells as materialized (
    select
        c.class_id, c.own_cell, c.organization_cell, c.traits, c.example, c.number,
        md5(concat_ws(
            '|', c.type, c."partition", c.traits, c.has_boundary,
            case when c.is_unread then c.effects_id end,
            case when not c.is_free then concat(c.guardrail_id, ' ', c.organization_cell) end,
            case when coalesce(r.allows, false) then 'allowed' else r.grants end, r.others
        )) as signature
    from (
        select
            d.*,
            d.guardrail_id is null or coalesce(l.is_read and not o.has_deny and o.levels = l.levels, false) as is_free
        from class_cells as d
        left join guardrail_levels as l on l.guardrail_id = d.guardrail_id
        left join organization_results as o
            on o.guardrail_id = d.guardrail_id and o.organization_cell = d.organization_cell and o.is_iam = d.is_iam
            and o.supports_rcps = d.supports_rcps
    ) as c
    left join own_results as r on r.class_id = c.class_id and r.own_cell = c.own_cell and r.is_iam = c.is_iam
    where
        c.has_rule or c.is_unread or not c.is_free or not coalesce(r.allows, false) or r.has_deny
        or c.has_boundary and not coalesce(r.boundary_allows, false)
),

examples as materialized (
    select e.signature, e.example, k.action
    from (
        select o.signature, min(o.example) as example, arg_min(o.number, {'example': o.example, 'number': o.number}) as number
        from open_cells as o
        group by o.signature
    ) as e
    inner join catalog as k on k.number = e.number
),

-- If policies were not read, an explicit deny is certain. That a policy type has no allow is not: an unread policy may have one.
evaluated as materialized (
    select
        e.principal as example, e.action, e.verdict, e.missing,
        coalesce(
            nullif([reason_ for reason_ in e.reasons if e.missing is null or starts_with(reason_, 'explicit_deny')], []), e.reasons
        ) as reasons
    from iam_evaluation(
        (select list(iam_subject_question(x.example, x.action, 'any', iam_no_context())) from examples as x),
        (select list(iam_subject(y.example)) from (select distinct x.example from examples as x) as y),
        true, null
    ) as e
),

results as materialized (
    select o.class_id, o.own_cell, o.organization_cell, o.traits, v.verdict, v.reasons, v.missing
    from open_cells as o
    inner join examples as x on x.signature = o.signature
    inner join evaluated as v on v.example = x.example and v.action = x.action
    where v.verdict in ('denied', 'unknown')
),
