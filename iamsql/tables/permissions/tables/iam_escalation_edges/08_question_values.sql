-- The values of the questions about edges: policies to attach, boundaries to set, and one target for all equivalent targets.

account_examples as materialized (
    select p.account_id, min(p.principal_arn) as arn from aws_iam_principal as p group by all
),

-- The managed policies that can make a user or role an administrator, by account: two AWS managed policies, which are in each
-- account, and customer managed policies. With IAMFullAccess a principal can give itself all other permissions.
attachable_policies as materialized (
    select a.account_id, unnest([
        iam_administrator_access(p."partition"), concat('arn:', p."partition", ':iam::aws:policy/IAMFullAccess')
    ]) as policy_arn
    from (select distinct n.account_id from nodes as n) as a cross join (select iam_partition() as "partition") as p
    union all
    select d.account_id, d.owner_arn
    from aws_iam_document as d join admin_documents() as m on m.document_id = d.document_id
    where d.source = 'managed' and not d.is_aws_managed
),

-- The boundaries that conditions may require for new users and roles, by account. They come from conditions and from existing
-- principals.
required_boundaries as materialized (
    select distinct b.account_id, b.arn
    from (
        select p.account_id, p.boundary_arn as arn from principals as p where p.boundary_arn is not null
        union all
        select a.account_id, replace(regexp_replace(v.value, '^(arn:[^:]*:iam::)[*?]+:', concat('\1', a.account_id, ':')), '*', 'any')
        from (
            select distinct unnest(c.condition."values") as value
            from (select unnest(s.conditions) as condition from aws_iam_statement as s where len(s.conditions) > 0) as c
            where c.condition.key = 'iam:permissionsboundary'
        ) as v
        join (select distinct t.account_id from useful_edges as t where t.kind = 'create') as a
            on split_part(v.value, ':', 5) in (a.account_id, 'aws') or contains(split_part(v.value, ':', 5), '*')
    ) as b
),

-- The resource patterns of statements that distinguish the IAM resources of an account, as LIKE patterns. `account_id` is NULL for
-- every account. `has_variables`: the principal determines what the pattern matches.
resource_patterns as materialized (
    select
        p.pattern, iam_like(regexp_replace(p.pattern, '\$\{[^}]*\}', '*', 'g')) as pattern_like, contains(p.pattern, '${') as has_variables,
        case when regexp_full_match(split_part(p.pattern, ':', 5), '\d{12}') then split_part(p.pattern, ':', 5) end as account_id
    from (
        select distinct unnest(coalesce(s.resources, s.not_resources)) as pattern from aws_iam_statement as s
    ) as p
    where p.pattern <> '*' and (split_part(p.pattern, ':', 3) = 'iam' or regexp_matches(p.pattern, '^([^:]*:){0,2}[^:]*[*?$]'))
),

-- The first equivalent resource of its account and kind, for each user, role, group and policy of an edge. No pattern
-- distinguishes equivalent resources, and they have the same tags and the same boundary. A question has the same answer for all of
-- them.
alike_objects as materialized (
    with limited_objects as materialized (
        select distinct e.object, split_part(e.object, '/', 1) as kind, split_part(e.object, ':', 5) as account_id
        from useful_edges as e where e.is_limited and e.object is not null
    )

    select o.object, min(o.object) over (partition by o.kind, o.boundary_arn, o.tags, o.is_protected, o.patterns) as example
    from (
        select
            w.object, w.kind, t.boundary_arn, cast(a.tags as varchar) as tags, coalesce(t.is_protected, false) as is_protected,
            case
                when bool_or(p.has_variables) then [w.object] else list(p.pattern order by p.pattern)
            end as patterns
        from limited_objects as w
        left join principals as t on t.arn = w.object
        left join aws_iam_principal as a on a.principal_arn = w.object
        left join (
            select l.*, i.account_id as object_account
            from resource_patterns as l
            join (select distinct n.account_id from limited_objects as n) as i on i.account_id = coalesce(l.account_id, i.account_id)
        ) as p on p.object_account = w.account_id and w.object like p.pattern_like escape '\'
        group by w.object, w.kind, t.boundary_arn, a.tags, t.is_protected
    ) as o
),
