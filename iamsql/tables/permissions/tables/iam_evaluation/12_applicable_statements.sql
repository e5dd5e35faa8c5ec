-- The statements of all policies that decide each pair.

-- The matching statements of all policies that apply in each scope: the identity-based policies, boundary and session policy of the
-- subject, the SCPs and RCPs of its organization, the RCPs of the resource's account, and the policy of the resource: a trust
-- policy, a resource-based policy or a grant.
applicable_statements as materialized (
    select s.question, s.subject_id as scope_id, s.policy_type, s.label, s.effect, s.statement_id, s.is_plain,
        cast(null as varchar[]) as sessions, cast(null as varchar) as disputed
    from decided_pairs as c join subject_statements as s using (question, subject_id)
    union all
    -- the RCPs of the resource's account apply. Without an account in the ARN, this is the subject's account.
    select
        g.question, g.scope_id, case when l.type = 'SERVICE_CONTROL_POLICY' then 'scp ' || l.level else 'rcp' end,
        concat(case when l.type = 'SERVICE_CONTROL_POLICY' then 'SCP ' else 'RCP ' end, l.policy_name, ' at ', l.target),
        s.effect, s.statement_id, s.is_plain, null, null
    from organization_questions as g
    join organization_policies as l on l.scope_id = g.scope_id
    join matching_statements as s on s.question = g.question and s.document_id = l.document_id
    where
        l.type = 'SERVICE_CONTROL_POLICY'
        or l.type = 'RESOURCE_CONTROL_POLICY' and s.effect = 'Deny' and s.resource_account is null
        and s.supports_rcps
    union all
    select c.question, c.subject_id, 'rcp', concat('RCP ', l.policy_name, ' at ', l.target_name),
        s.effect, s.statement_id, s.is_plain, null, null
    from decided_pairs as c
    -- RCPs do not apply to service-linked roles, to resources of the management account, or to AWS managed keys
    join principal_facts as f on f.subject_id = c.subject_id and not f.is_service_linked
    join numbered_questions as q on q.question = c.question
    join aws_organizations_account_policy as l
        on l.account_id = q.resource_account and l.type = 'RESOURCE_CONTROL_POLICY'
        and l.account_id not in (select split_part(r.arn, ':', 5) from aws_organizations_root as r)
    join matching_statements as s on s.question = c.question and s.document_id = l.document_id and s.effect = 'Deny'
    where q.supports_rcps and q.key_manager is distinct from 'AWS'
    union all
    -- a Deny of the resource's policy counts once, and an Allow for each policy type that it replaces
    select
        t.question, t.subject_id, t.allow_type, t.label, t.effect, t.statement_id,
        t.is_plain and t.sessions is null and not t.is_disputed, t.sessions, case when t.is_disputed then t.policy_type end
    from (
        select
            w.question, w.subject_id, w.statement_id, w.effect, w.is_plain, w.sessions, w.policy_type, w.label,
            y.policy_type as allow_type,
            y.policy_type in ('boundary', 'session') and not list_contains(w.bypasses, y.policy_type) as is_disputed
        from resource_policy_statements as w
        join pair_requirements as c using (question, subject_id)
        cross join (select unnest(['trust', 'resource', 'identity', 'boundary', 'session']) as policy_type) as y
        where
            y.policy_type = w.policy_type and (
                w.effect = 'Deny' and not coalesce(
                    c.rule = 'root' and c.subject_type = 'Account' and c.account_id = c.resource_account, false
                ) or list_contains(c.required_types, y.policy_type)
            )
            or w.effect <> 'Deny' and (
                y.policy_type = 'identity' and w.grants_directly
                or (list_contains(w.bypasses, y.policy_type) or list_contains(w.may_bypass, y.policy_type))
                and concat(w.subject_id, y.policy_type) in (
                    select concat(p.subject_id, p.policy_type)
                    from subject_policies as p where p.policy_type in ('boundary', 'session')
                )
            )
    ) as t
),
