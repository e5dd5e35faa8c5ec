-- The points of each factor, and the levels of the permissions of each principal.

weights as materialized (select p.factor, p.level, p.points, p.reason from iam_risk_points(changes) as p),

-- The dates that follow from the limits of age and use.
clock as (
    select
        as_of() - old_days * interval '24 hours' as old_from,
        as_of() - unused_days * interval '24 hours' as idle_from,
        as_of() - 365 * interval '24 hours' as year_from
),

-- For each account, whether the calls for the facts below succeeded: 1 or 0. `alternatives` are the calls that replace
-- GetAccountAuthorizationDetails.
calls as (
    select
        c.account_id,
        min(case when c.operation = 'GetAccountAuthorizationDetails' then c.is_read else 1 end)
        * max(case when c.operation = 'GetAccountAuthorizationDetails' then 1 else 0 end) as has_details,
        min(case
            when c.operation in (
                'ListGroupsForUser', 'ListAttachedUserPolicies', 'ListUserPolicies', 'GetUserPolicy', 'ListGroups',
                'ListAttachedGroupPolicies', 'ListGroupPolicies', 'GetGroupPolicy', 'ListPolicies', 'GetPolicyVersion'
            ) then c.is_read
        end) as alternatives,
        max(case when c.operation = 'ListAccessKeys' then c.is_read else 0 end) as lists_keys,
        max(case when c.operation = 'ListUsers' then c.is_read else 0 end) as lists_users
    from (
        select v.account_id, v.operation, min(case when v.status = 'ok' then 1 else 0 end) as is_read
        from iamsql.coverage as v
        where v.service = 'iam' and coalesce(v.error_code, '') <> 'not_selected'
        group by v.account_id, v.operation
    ) as c
    group by c.account_id
),

-- One row: the IAM actions that alone give a principal more permissions, and the actions that define an administrator.
escalation_actions as (
    select
        list(lower(m.actions[1])) as actions,
        any_value([lower(question_.action) for question_ in iam_admin_questions() if question_.action <> '*:*']) as admin_actions
    from iam_privesc_methods() as m
    where m.kind in ('self', 'credentials', 'assume') and len(m.actions) = 1 and m.actions[1] like 'iam:%'
        and m.method not like '%boundary' and not iam_removes_denies(m.method)
),

-- The level of each statement: 4 everything, 3 escalation, 2 changes, 1 reading.
--   rank: the level that it allows
--   cap: the level that it allows as part of a boundary or service control policy, if its conditions are met
--   rank_after_deny: the level that remains after a Deny: 4 for a Deny without an effect on the level, 3 if it denies some of the
--     actions of an administrator, 2 if it denies all actions of escalation, 0 if it denies everything
statement_levels as (
    select
        s.document_id,
        case
            when s.effect <> 'Allow' then 0
            when s.is_unconditional and s.is_on_everything and s.every_action then 4
            when s.is_unconditional and s.is_on_iam and s.escalations > 0 then 3
            when s.not_actions is not null or s.writes then 2
            else 1
        end as rank,
        case
            when s.effect <> 'Allow' then 0
            when s.is_on_everything and s.every_action then 4
            when s.is_on_iam and s.escalations > 0 then 3
            when s.not_actions is not null or s.writes then 2
            else 1
        end as cap,
        case
            when s.effect <> 'Deny' or not s.is_unconditional then 4
            when s.every_resource and s.every_action then 0
            when (s.every_resource or not s.excludes_iam) and s.escalations = s.escalation_total then 2
            when s.is_on_everything and s.admin_changes > 0 then 3
            else 4
        end as rank_after_deny
    from (
        select
            t.document_id, t.effect, t.actions, t.not_actions,
            coalesce(iam_every_resource(t.resources), false) as every_resource,
            t.resources is null or iam_every_resource(t.resources) as is_on_everything,
            iam_every_action(t.actions) as every_action,
            coalesce(len([
                1 for resource_ in t.not_resources if regexp_matches(resource_, '^(\*|arn:(\*$|[^:]*:([^:]*\*|iam)))')
            ]) > 0, true) as excludes_iam,
            len(t.conditions) = 0 as is_unconditional,
            t.resources is null
            or iam_every_resource(t.resources)
            or len([
                1 for resource_ in t.resources
                if regexp_matches(resource_, '^arn:[^:]*:(\*|iam):[^:]*:[^:]*:(\*|(user|group|role|policy)/\*)$')
            ]) > 0 as is_on_iam,
            len([
                1 for escalation_ in l.actions
                if (len([1 for like_ in t.action_likes if escalation_ like like_ escape '\']) > 0) = (t.not_actions is null)
            ]) as escalations,
            len(l.actions) as escalation_total,
            len([
                1 for action_ in l.admin_actions
                if (len([1 for like_ in t.action_likes if action_ like like_ escape '\']) > 0) = (t.not_actions is null)
            ]) as admin_changes,
            len([
                1 for action_ in t.actions
                if not regexp_matches(
                    action_,
                    '^(iam:generate|[^:]+:(batchget|describe|get|head|list|lookup|query|read|scan|search|select|simulate|view))'
                )
            ]) > 0 as writes
        from aws_iam_statement as t
        cross join escalation_actions as l
    ) as s
),

-- The levels of each document.
document_levels as materialized (
    select d.document_id, max(d.rank) as rank, max(d.cap) as cap, min(d.rank_after_deny) as rank_after_deny
    from statement_levels as d
    group by d.document_id
),

-- The highest level that the service control policies allow in each account. A level that was not read limits nothing.
scp_levels as (
    select l.account_id, min(l.cap) as cap
    from (
        select
            p.account_id,
            least(max(coalesce(d.cap, 4)), min(d.rank_after_deny)) as cap
        from aws_organizations_account_policy as p
        left join document_levels as d on d.document_id = p.document_id
        where p.type = 'SERVICE_CONTROL_POLICY'
            and p.account_id not in (select split_part(o.arn, ':', 5) from aws_organizations_root as o)
        group by p.account_id, p.level
    ) as l
    group by l.account_id
),

administrators as materialized (select a.principal from iam_admins() as a where a.as_read <> 'denied'),

-- The level of each principal, before its boundary (`cap`). `is_incomplete`: a policy was not read.
privileges as (
    select
        y.principal_arn, bool_or(y.is_admin) as is_admin,
        least(
            coalesce(max(y.rank), 0), min(y.rank_after_deny), any_value(y.scp_cap),
            case when bool_or(y.is_unread) then 4 else 3 end
        ) as rank,
        bool_or(y.is_incomplete) as is_incomplete, max(y.cap) as cap, bool_or(y.has_boundary) as has_boundary
    from (
        select
            p.principal_arn,
            a.principal is not null as is_admin,
            p.document_id is null as is_unread,
            coalesce(g.cap, 4) as scp_cap,
            case
                when p.layer <> 'identity' then null
                when p.policy_arn like 'arn:%:iam::aws:policy/AdministratorAccess' then 4
                when p.document_id is not null then coalesce(d.rank, 0)
            end as rank,
            d.rank_after_deny,
            p.layer = 'identity'
            and p.document_id is null
            and coalesce(p.policy_arn, '') not like 'arn:%:iam::aws:policy/AdministratorAccess' as is_incomplete,
            case when p.layer = 'boundary' and p.document_id is not null then coalesce(d.cap, 0) end as cap,
            p.layer = 'boundary' as has_boundary
        from aws_iam_principal_policy as p
        left join document_levels as d on d.document_id = p.document_id
        left join scp_levels as g on g.account_id = p.account_id
        left join administrators as a on a.principal = p.principal_arn
    ) as y
    group by y.principal_arn
),
