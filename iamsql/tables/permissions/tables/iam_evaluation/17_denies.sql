-- The pairs that are denied whatever the request contains, and what was not read about each pair.

-- The reasons that deny every request: explicit denies, policy types without an Allow, callers that cannot make the call,
-- block public access, and calls that AWS does not accept from another account. `is_certain`: no unread policy can change the result.
unconditional_denies as materialized (
    select s.question, s.scope_id, 'explicit_deny_' || split_part(s.policy_type, ' ', 1) as reason,
        'explicit deny by ' || array_to_string(iam_sorted_set(list(s.label)), ', ') as description,
        s.policy_type <> 'rcp' or s.question not in (select k.question from unknown_key_managers as k) as is_certain
    from effective_statements as s
    where s.effect = 'Deny' and s.conditional_id is null
    group by s.question, s.scope_id, s.policy_type
    union all
    select r.question, r.scope_id, split_part(r.policy_type, ' ', 1) || '_not_allowed', 'no allow in ' || r.label,
        u.policy_type is null
    from required_allows as r
    left join policy_type_allows as m using (question, scope_id, policy_type)
    left join unread_policy_types as u using (question, scope_id, policy_type)
    where not coalesce(m.may_allow, false)
    union all
    select p.question, p.subject_id, 'public_access_block', 'block public access of ' || p.owner_arn, true
    from public_access_blocks as p where p.is_certain
    union all
    select
        o.question, o.subject_id, 'resource_of_another_account',
        case
            when lower(o.action) like 'iam:%' then 'IAM acts on the principal''s own account alone'
            when o.is_local then concat('AWS does not accept ', o.action, ' from another account')
            else concat('resources of ', split_part(o.action, ':', 1), ' have no policies that could allow another account')
        end, true
    from pair_requirements as o
    where
        o.is_foreign and (
            lower(o.action) like 'iam:%'
            or not list_contains(o.shareable, regexp_extract(split_part(o.resource, ':', 6), '^[^/]*'))
        )
        or o.is_local and o.subject_type not in ('Service', 'Federated') and o.resource_account <> coalesce(o.account_id, '')
    union all
    select o.question, o.subject_id, 'caller_type', o.reason, true
    from pair_requirements as o
    where not list_contains(o.callers, o.subject_type)
),

-- The pairs that these reasons deny.
denied_pairs as materialized (
    select
        b.question, b.subject_id, bool_or(d.is_certain) as is_certain,
        iam_sorted_set(list(d.reason)) as reasons,
        array_to_string(iam_sorted_set(list(d.description)), '; ') as reason
    from unconditional_denies as d join pair_scopes as b using (question, scope_id)
    group by all
),

-- The names of the unread policies of each pair.
missing_policies as materialized (
    select u.question, u.subject_id, iam_sorted_set(list(u.name)) as names
    from (
        select c.question, c.subject_id, n.name from decided_pairs as c join unread_policies as n using (subject_id)
        union all
        select c.question, c.subject_id, n.name from decided_pairs as c join unread_resource_policies as n using (question)
        union all
        select n.question, n.subject_id, n.name
        from unread_allows as n join denied_pairs as b using (question, subject_id)
        where not b.is_certain
        union all
        select p.question, p.subject_id, 'block public access of ' || p.owner_arn
        from public_access_blocks as p where not p.is_certain
        union all
        select a.question, a.scope_id, concat('the manager of ', k.owner_arn, ' (kms:DescribeKey)')
        from unknown_key_managers as k join applicable_statements as a on a.question = k.question and a.policy_type = 'rcp'
        union all
        -- the RCPs of the resource's account, or of the subject's account if the resource has none, as in applicable_statements
        select c.question, c.subject_id, case
            when l.level is null then concat('the targets of the RCP ', l.policy_name)
            when l.account_id = f.account_id
                then concat('RCP ', l.policy_name, ' at ', iam_target_name(l.account_id, l.target_id, l.target_name))
            else concat('RCP ', l.policy_name, ' at ', l.target_name)
        end
        from decided_pairs as c
        join principal_facts as f on f.subject_id = c.subject_id
        join numbered_questions as q on q.question = c.question and q.supports_rcps
        join aws_organizations_account_policy as l
            on l.account_id = coalesce(q.resource_account, f.account_id) and l.type = 'RESOURCE_CONTROL_POLICY'
        where
            l.policy_id is not null and l.document_id is null and l.policy_name <> 'RCPFullAWSAccess' and case
                when q.resource_account is null then f.has_guardrails
                else not f.is_service_linked and q.key_manager is distinct from 'AWS'
                    and l.account_id not in (select split_part(r.arn, ':', 5) from aws_organizations_root as r)
            end
    ) as u
    group by u.question, u.subject_id
),
