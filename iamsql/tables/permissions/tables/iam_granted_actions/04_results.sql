-- The result of each cell by the policies of the principal, and by the policies of the organization.

-- The effect of the statements of a class in a cell.
own_results as materialized (
    select
        c.class_id, c.own_cell, c.is_iam,
        bool_or(f.is_grant and not f.is_open) as allows,
        bool_or(f.effect = 'Deny') as has_deny,
        bool_or(f.layer = 'boundary' and f.effect = 'Allow' and f.is_plain) as boundary_allows,
        md5(string_agg(distinct concat_ws(' ', f.layer, f.effect, f.is_plain, f.digest), ' ' order by concat_ws(
            ' ', f.layer, f.effect, f.is_plain, f.digest
        )) filter (not f.is_grant)) as others,
        md5(string_agg(distinct f.digest, ' ' order by f.digest) filter (f.is_grant)) as grants
    from (
        select distinct d.class_id, d.example, d.own_cell, d.is_iam, unnest(l.matched) as pattern
        from class_cells as d
        inner join own_cells as l on l.cell = d.own_cell
    ) as c
    inner join effects as f
        on f.principal_arn = c.example and f.pattern = c.pattern and not f.is_empty and not (f.lacks_iam and c.is_iam)
    group by c.class_id, c.own_cell, c.is_iam
),

-- Whether the policies of the organization allow every request of a cell. A level is NULL if a policy was not read.
guardrail_levels as materialized (
    select
        o.guardrail_id, count(distinct o.level) filter (o.type = 'SERVICE_CONTROL_POLICY') as levels,
        coalesce(bool_and(o.level is not null and o.document_id is not null), false) as is_read
    from organization_documents as o
    group by o.guardrail_id
),

organization_results as materialized (
    select
        c.guardrail_id, c.organization_cell, c.is_iam, c.supports_rcps,
        coalesce(bool_or(s.effect = 'Deny'), false) as has_deny,
        count(distinct s.level) filter (s.effect = 'Allow' and s.is_plain) as levels
    from (
        select distinct d.guardrail_id, d.organization_cell, d.is_iam, d.supports_rcps, unnest(l.matched) as pattern
        from class_cells as d
        inner join organization_cells as l on l.cell = d.organization_cell
        where d.guardrail_id is not null
    ) as c
    inner join organization_statements as s
        on s.guardrail_id = c.guardrail_id and s.pattern = c.pattern and not s.is_empty and not (s.lacks_iam and c.is_iam)
        and (s.type = 'SERVICE_CONTROL_POLICY' or c.supports_rcps)
    group by c.guardrail_id, c.organization_cell, c.is_iam, c.supports_rcps
),
