-- The pairs of question and subject to evaluate.

-- The pairs of question and subject to evaluate: pairs with an Allow, or with an unread policy that could allow. All other pairs
-- are an implicit deny, and are evaluated for their reasons only with `everyone`. An unread policy of a resource can allow each
-- subject of its account. Subjects of other accounts need an Allow of their own.
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
        select q.question, w.subject_id
        from numbered_questions as q
        join subject_choices as w on w.choice = coalesce(q.only_subject, -1)
        join principal_facts as f on f.subject_id = w.subject_id and f.account_id = q.resource_account
        where
            q.question in (select u.question from unread_resource_policies as u)
            or q.question in (select r.question from question_resources as r where r.lacks_grants)
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
