-- The granted and denied actions of each class, and the groups of classes that have the same.

-- The denied cells and the unread policies of each class.
class_results as materialized (
    select
        r.class_id,
        list({
            'own_cell': r.own_cell, 'organization_cell': r.organization_cell, 'traits': r.traits, 'reasons': r.reasons
        } order by r.own_cell, r.organization_cell, r.traits) filter (r.verdict = 'denied') as denied,
        iam_sorted_set(flatten(list(r.missing) filter (r.verdict = 'unknown'))) as unread
    from results as r
    group by r.class_id
),

class_variants as materialized (
    select
        c.class_id, c.patterns_id, coalesce(r.unread, []) as unread, r.denied,
        case when r.denied is not null then c.organization_id end as organization_id,
        case when r.denied is not null then md5(concat_ws(
            '|', c.patterns_id, coalesce(c.organization_id, '-'), cast(r.denied as varchar)
        )) end as variant
    from classes as c
    left join class_results as r on r.class_id = c.class_id
),

denied_actions as materialized (
    select b.variant, a.number, b.reasons
    from (
        select
            v.variant, v.patterns_id, v.organization_id, v.item.own_cell as own_cell,
            v.item.organization_cell as organization_cell, v.item.traits as traits, v.item.reasons as reasons
        from (
            select c.variant, c.patterns_id, c.organization_id, unnest(any_value(c.denied)) as item
            from class_variants as c
            where c.variant is not null
            group by c.variant, c.patterns_id, c.organization_id
        ) as v
    ) as b
    inner join own_action_cells as a on a.cell = b.own_cell
    inner join catalog as k on k.number = a.number and k.traits = b.traits
    left join organization_action_cells as o on o.organization_id = b.organization_id and o.number = a.number
    where coalesce(o.cell, 0) = b.organization_cell
),

-- The groups: classes with the same granted and denied actions, and the same unread policies.
grants as (
    select p.patterns_id, string_agg(cast(p.pattern as varchar), ' ' order by p.pattern) as patterns
    from own_patterns as p
    where p.is_grant
    group by p.patterns_id
),

blocks as (
    select b.variant, md5(string_agg(concat(b.number, ' ', cast(b.reasons as varchar)), ' ' order by b.number)) as digest
    from denied_actions as b
    group by b.variant
),

class_groups as materialized (
    select
        v.class_id, v.patterns_id, v.variant, v.unread,
        md5(concat_ws('|', g.patterns, b.digest, cast(v.unread as varchar))) as group_id
    from class_variants as v
    inner join grants as g on g.patterns_id = v.patterns_id
    left join blocks as b on b.variant = v.variant
),

-- One row: whether the run has service control policies, or an organization that has disabled them.
control_policies as (
    select count(*) > 0 as is_known
    from (
        select 1 from aws_organizations_policy as p where p.type = 'SERVICE_CONTROL_POLICY'
        union all
        select 1
        from aws_organizations_root as r
        where r.policy_types is not null and not contains(cast(r.policy_types as varchar), 'SERVICE_CONTROL_POLICY')
    ) as f
),

groups as materialized (
    select g.group_id, min(g.patterns_id) as patterns_id, min(g.variant) as variant
    from class_groups as g
    group by g.group_id
)

select
    'principal' as kind, g.group_id, s.account_id, s.principal_arn, case s.type when 'User' then 'user' else 'role' end as principal_type,
    g.unread || case
        when s.guardrail_id is null or p.is_known then cast([] as varchar[]) else ['service control policies: none in this file']
    end as unread, null as action, null as name, null as service, cast(null as varchar[]) as denied_by
from subjects as s
inner join subject_keys as k on k.principal_arn = s.principal_arn
inner join classes as c
    on c.effects_id = k.effects_id and c.guardrail_id is not distinct from s.guardrail_id and c.type = s.type
    and c."partition" = s."partition"
inner join class_groups as g on g.class_id = c.class_id
cross join control_policies as p
where c.patterns_id in (select a.patterns_id from own_cells as a)
union all
select 'action', g.group_id, null, null, null, null, k.action, k.name, k.service, b.reasons
from groups as g
inner join own_action_cells as a on a.patterns_id = g.patterns_id
inner join catalog as k on k.number = a.number
left join denied_actions as b on b.variant = g.variant and b.number = a.number;
