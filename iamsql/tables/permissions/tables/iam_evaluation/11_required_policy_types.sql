-- The policy types that have to allow each pair: the policies of the principal, its permissions boundary, the session policy and
-- each level of service control policies. The trust policy for a session of a role, and the policy of the resource across accounts, for
-- KMS keys, and for services and everyone.

-- Each pair, whether its resource is in another account (`is_foreign`, never for the trust policy of a role), and the policy types of
-- the principal and of the resource that have to allow the question. The pairs are materialized: otherwise the inequality becomes a join of all questions with all subjects.
pair_requirements as materialized (
    select
        c.question, c.subject_id, q.action, q.resource, q.resource_account, q.has_policy, q.owner_type, q.trust, q.rule, q.is_local,
        q.shareable, q.callers, q.reason, f.account_id, f.facts.type as subject_type,
        not q.trust and coalesce(q.resource_account <> f.account_id, false) as is_foreign,
        case
            when q.rule in ('always', 'unsigned') then cast([] as varchar[])
            when q.trust and f.facts.type in ('Anonymous', 'Service', 'Federated') then ['trust']
            when q.trust then ['identity', 'trust']
            when f.facts.type in ('Anonymous', 'Service') then ['resource']
            when not q.has_policy then ['identity']
            when q.resource_account <> f.account_id or q.owner_type = 'kms_key' then ['identity', 'resource']
            else ['identity']
        end as required_types
    from pairs as c
    join numbered_questions as q on q.question = c.question
    join principal_facts as f on f.subject_id = c.subject_id
),

-- The policy types that have to allow a question in a scope.
required_allows as materialized (
    select
        t.question, t.subject_id as scope_id, t.policy_type,
        case t.policy_type
            when 'trust' then 'the trust policy' when 'resource' then t.label else 'the principal''s policies'
        end as label
    from (
        select w.question, w.subject_id, iam_resource_policy_label(w.owner_type) as label, unnest(w.required_types) as policy_type
        from pair_requirements as w
    ) as t
    union all
    select c.question, c.subject_id, p.policy_type, p.label
    from decided_pairs as c
    join subject_policies as p on p.subject_id = c.subject_id and p.policy_type in ('boundary', 'session')
    union all
    select distinct g.question, g.scope_id, 'scp ' || l.level, 'the SCPs at ' || l.target
    from organization_questions as g
    join organization_policies as l on l.scope_id = g.scope_id and l.type = 'SERVICE_CONTROL_POLICY' and l.level is not null
),
