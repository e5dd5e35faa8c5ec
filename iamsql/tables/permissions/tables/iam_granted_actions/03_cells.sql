-- The actions of each class in cells. All actions of a cell have the same result.

-- The granted actions by the patterns that match them. A cell has the actions that the same patterns match.
own_patterns as materialized (
    select c.patterns_id, f.pattern, bool_or(f.is_grant) as is_grant
    from (select min(d.example) as example, d.patterns_id from classes as d group by d.patterns_id) as c
    inner join effects as f on f.principal_arn = c.example
    group by c.patterns_id, f.pattern
),

own_actions as materialized (
    select p.patterns_id, a.number, list_sort(list(p.pattern)) as matched
    from own_patterns as p
    inner join pattern_actions as a on a.pattern = p.pattern
    group by p.patterns_id, a.number
    having bool_or(p.is_grant)
),

own_cells as materialized (
    select row_number() over (order by c.patterns_id, c.matched) as cell, c.*
    from (select distinct a.patterns_id, a.matched from own_actions as a) as c
),

own_action_cells as materialized (
    select a.patterns_id, a.number, c.cell
    from own_actions as a
    inner join own_cells as c on c.patterns_id = a.patterns_id and c.matched = a.matched
),

organization_actions as materialized (
    select o.organization_id, a.number, list_sort(list(distinct o.pattern)) as matched
    from (
        select distinct g.organization_id, s.pattern
        from guardrail_patterns as g
        inner join organization_statements as s on s.guardrail_id = g.guardrail_id
    ) as o
    inner join pattern_actions as a on a.pattern = o.pattern
    group by o.organization_id, a.number
),

organization_cells as materialized (
    select row_number() over (order by c.organization_id, c.matched) as cell, c.*
    from (select distinct a.organization_id, a.matched from organization_actions as a) as c
),

organization_action_cells as materialized (
    select a.organization_id, a.number, c.cell
    from organization_actions as a
    inner join organization_cells as c on c.organization_id = a.organization_id and c.matched = a.matched
),

-- The cells of each class, with one of their actions. `organization_cell` is 0 if no policy of the organization has the action.
cell_pairs as materialized (
    select
        c.patterns_id, c.organization_id, a.cell as own_cell, coalesce(o.cell, 0) as organization_cell, k.traits, k.is_iam,
        k.supports_rcps, k.has_rule, min(a.number) as number
    from (select distinct d.patterns_id, d.organization_id from classes as d) as c
    inner join own_action_cells as a on a.patterns_id = c.patterns_id
    inner join catalog as k on k.number = a.number
    left join organization_action_cells as o on o.organization_id = c.organization_id and o.number = a.number
    group by all
),

class_cells as materialized (
    select c.*, p.own_cell, p.organization_cell, p.traits, p.is_iam, p.supports_rcps, p.has_rule, p.number
    from classes as c
    inner join cell_pairs as p
        on p.patterns_id = c.patterns_id and p.organization_id is not distinct from c.organization_id
),
