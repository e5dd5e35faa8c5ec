-- The service and resource control policies of each level that apply to each pair.

-- The scopes that decide each pair: the subject's scope, and the scope of its organization. `scope_key` is one key for question
-- and scope.
pair_scopes as materialized (
    select c.question, c.subject_id, c.subject_id as scope_id, iam_pair_key(c.question, c.subject_id) as scope_key
    from pairs as c
    union all
    select c.question, c.subject_id, g.scope_id, iam_pair_key(c.question, g.scope_id)
    from decided_pairs as c
    join principal_facts as f on f.subject_id = c.subject_id and f.has_guardrails
    join organization_scopes as g on g.guardrail_id is not distinct from f.guardrail_id
),

-- The organization's policies of each scope, at each level. A policy whose targets were not read has no level.
organization_policies as materialized (
    select g.scope_id, l.type, l.level, l.policy_name, l.document_id,
        iam_target_name(l.account_id, l.target_id, l.target_name) as target
    from organization_scopes as g
    join aws_organizations_account_policy as l on l.account_id = g.account_id and l.policy_id is not null
),

-- The questions that are evaluated in the scope of an organization's policies.
organization_questions as materialized (select distinct b.question, b.scope_id from pair_scopes as b where b.scope_id < 0),
