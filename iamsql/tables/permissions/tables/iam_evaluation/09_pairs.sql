-- The pairs of question and subject to evaluate, and the policies of the organization that decide each pair.

-- The pairs of question and subject to evaluate: pairs with an Allow, or with an unread policy that could allow. All other pairs
-- are an implicit deny, and are evaluated for their reasons only with `everyone`.
pairs as materialized (
    select distinct c.question, c.subject_id from (
        select q.question, w.subject_id
        from numbered_questions as q join subject_choices as w on w.choice = coalesce(q.only_subject, -1)
        where everyone or q.rule = 'always'
        union all
        select s.question, s.subject_id
        from subject_statements as s
        join numbered_questions as q on q.question = s.question
        left join unread_resource_policies as u on u.question = s.question
        where s.policy_type = 'identity' and s.effect = 'Allow' and (not q.trust or u.question is not null)
        union all
        select q.question, u.subject_id
        from unread_policies as u
        join subject_choices as w on w.subject_id = u.subject_id
        join numbered_questions as q on coalesce(q.only_subject, -1) = w.choice
        where u.policy_type = 'identity' and not q.trust
        union all
        select t.question, t.subject_id from resource_policy_statements as t
        where t.effect = 'Allow' and not t.is_self and (t.policy_type = 'trust' or t.grants_directly)
    ) as c
),

-- The pairs that policies decide.
decided_pairs as materialized (
    select c.question, c.subject_id
    from pairs as c join numbered_questions as q on q.question = c.question
    where q.rule is null or q.rule not in ('always', 'unsigned')
),

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
