-- Returns the IAM actions that each list of action patterns matches. `patterns` is a list of {'pattern', 'likes', 'is_action'}:
-- `pattern` identifies the list, and `is_action` is false for NotAction. `catalog` is a list of {'number', 'action', 'service'},
-- which numbers the actions.
-- returns: pattern BIGINT, number BIGINT
create or replace macro iam_pattern_actions(patterns, catalog) as table
with lists as materialized (
    select l.item.pattern as pattern, l.item.likes as likes, l.item.is_action as is_action
    from (select unnest(cast(patterns as struct("pattern" bigint, likes varchar[], is_action boolean)[])) as item) as l
),

actions as materialized (
    select c.item."number" as number, c.item."action" as action, c.item.service as service
    from (select unnest(cast(catalog as struct("number" bigint, "action" varchar, service varchar)[])) as item) as c
),

-- The pattern of one service is compared with the actions of that service.
elements as materialized (
    select e.pattern, e.element, split_part(e.element, ':', 1) as service
    from (select l.pattern, unnest(l.likes) as element from lists as l where l.is_action) as e
)

select e.pattern, a.number
from elements as e
inner join actions as a on a.service = e.service and a.action like e.element escape '\'
union
select e.pattern, a.number
from elements as e
inner join actions as a on regexp_matches(e.service, '[%_\\]') and a.action like e.element escape '\'
union all
select l.pattern, a.number
from lists as l
cross join actions as a
where not l.is_action and iam_matches_action(l.likes, false, a.action);

-- Returns the actions that a principal's identity-based policies allow, and which of them are denied. An empty `principal` means
-- every user and role. An action is denied if iam_evaluation() allows no request with the action on any resource. Service-linked
-- roles are left out.
--
-- Principals with the same granted and denied actions are one group. A row of the `kind` principal has the group of a principal. A
-- row of the `kind` action has an action of a group.
--   denied_by: the reasons of the evaluation, such as explicit_deny_scp; NULL for an action that is not denied
--   unread: the policies that were not read and can deny more actions; also says if the run has no service control policies
--
-- The evaluation of 20,000 actions of each principal would take too long. The actions of a principal that the same statements
-- match have one result. So do principals whose statements for an action have the same effect and conditions. One of them is
-- evaluated. Nothing is evaluated if only an Allow applies and every other policy type allows every request.
-- returns: kind VARCHAR, group_id VARCHAR, account_id VARCHAR, principal_arn VARCHAR, principal_type VARCHAR, unread VARCHAR[], action VARCHAR, name VARCHAR, service VARCHAR, denied_by VARCHAR[]
create or replace macro iam_granted_actions(principal) as table
-- `traits` has the properties of an action that matter to an evaluation. It names the services of IAM resources, of one Region,
-- and of RCPs, and the action if it has a rule of its own (iam_call_rules).
with catalog as materialized (
    select
        row_number() over (order by k.action) as number, k.action, min(k.prefix) as service, min(k.name) as name,
        min(k.prefix) = 'iam' as is_iam, iam_supports_rcps(k.action) as supports_rcps,
        concat(
            min(k.prefix) = 'iam', iam_is_global_service(k.action), iam_supports_rcps(k.action), min(r.action)
        ) as traits,
        min(r.action) is not null as has_rule
    from aws_iam_action as k
    left join (
        select lower(c.action) as action from iam_call_rules() as c where c.rule <> 'root'
        union all
        select lower(u.action) from iam_unsigned_actions() as u
    ) as r on r.action = lower(k.action)
    group by k.action
),

subjects as materialized (
    select
        p.principal_arn, p.account_id, p.type, split_part(p.principal_arn, ':', 2) as "partition", p.tags is null as lacks_details,
        case when p.has_guardrails then p.guardrail_id end as guardrail_id
    from aws_iam_principal as p
    where (principal = '' or p.principal_arn = principal) and not iam_is_service_linked_role(p.principal_arn)
),

subject_documents as materialized (
    select distinct
        p.principal_arn, p.principal_type, p.layer, p.document_id,
        case when p.document_id is null then concat_ws(' ', p.via, p.group_name, p.policy_name) end as unread
    from aws_iam_principal_policy as p
    inner join subjects as s on s.principal_arn = p.principal_arn
),

-- The policies of the organization are the same for all principals with one guardrail_id.
organization_documents as materialized (
    select g.guardrail_id, l.type, l.level, l.document_id
    from (
        select s.guardrail_id, min(s.account_id) as account_id from subjects as s where s.guardrail_id is not null group by s.guardrail_id
    ) as g
    left join aws_organizations_account_policy as l on l.account_id = g.account_id
),

-- `is_plain`: the statement matches every request. `is_simple`: it restricts only the resources, possibly by the name of a user.
-- `is_empty`: no resource matches. `lacks_iam`: no resource of IAM matches.
documents_statements as materialized (
    select
        s.document_id, s.number, s.effect, s.action_likes, s.actions is not null as is_action,
        iam_ignores_resource('any', coalesce(s.resources, s.not_resources)) and not s.has_variables as ignores_resource,
        len(s.conditions) = 0 and not s.has_variables
        and iam_ignores_resource('any', coalesce(s.resources, s.not_resources)) as is_plain,
        iam_excludes_every_resource(s.not_resources) as is_empty,
        len(s.conditions) = 0 and len(s.resources) > 0 and not s.has_variables as is_simple,
        len(s.conditions) = 0 and len(s.resources) > 0 and len([
            1 for variable_ in iam_variables(array_to_string(s.resources, ' ')) if lower(variable_) <> 'aws:username'
        ]) = 0 as is_simple_for_users,
        s.has_variables or iam_conditions_use(s.conditions, 'principal') as uses_principal,
        iam_conditions_use(s.conditions, 'account') as uses_account,
        not s.has_variables and s.resources is not null and not iam_resources_may_match('iam:', s.resources) as lacks_iam,
        md5(concat_ws(
            '|', cast(s.conditions as varchar), coalesce(cast(s.resources as varchar), '-'),
            coalesce(cast(s.not_resources as varchar), '-'), s.has_variables
        )) as digest
    from aws_iam_statement as s
    where s.document_id in (
        select d.document_id from subject_documents as d union all select o.document_id from organization_documents as o
    )
),

patterns as materialized (
    select row_number() over () as pattern, l.action_likes, l.is_action
    from (select distinct s.action_likes, s.is_action from documents_statements as s) as l
),

statements as materialized (
    select s.*, p.pattern
    from documents_statements as s
    inner join patterns as p on p.action_likes = s.action_likes and p.is_action = s.is_action
),

pattern_actions as materialized (
    select a.pattern, a.number
    from iam_pattern_actions(
        (select list({'pattern': p.pattern, 'likes': p.action_likes, 'is_action': p.is_action}) from patterns as p),
        (select list({'number': k.number, 'action': k.action, 'service': k.service}) from catalog as k)
    ) as a
),

organization_statements as materialized (
    select o.guardrail_id, o.type, o.level, s.*
    from organization_documents as o
    inner join statements as s on s.document_id = o.document_id
    where o.type = 'SERVICE_CONTROL_POLICY' or s.effect = 'Deny'
),

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
    select row_number() over () as class_id, c.*
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
    select row_number() over () as cell, c.*
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
    select row_number() over () as cell, c.*
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
