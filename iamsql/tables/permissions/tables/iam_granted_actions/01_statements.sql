-- The statements of each principal and of its organization, with the actions that their patterns match.

-- `traits` has the properties of an action that matter to an evaluation. It names the services of IAM resources, of one Region,
-- and of RCPs, and the action if it has a rule of its own (iam_call_rules).
catalog as materialized (
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
    select row_number() over (order by l.action_likes, l.is_action) as pattern, l.action_likes, l.is_action
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
