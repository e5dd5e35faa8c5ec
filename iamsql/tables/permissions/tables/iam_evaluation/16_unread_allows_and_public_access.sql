-- The data that was not read and can allow, and block public access.

-- Unread data that can allow: the grants of KMS keys, the access control lists of buckets and, for everyone and services, the
-- policy of a resource that is not in the run.
unread_allows as materialized (
    select w.question, w.subject_id, w.is_foreign, 'the grants of ' || r.owner_arn as name
    from pair_requirements as w join question_resources as r on r.question = w.question
    where r.lacks_grants and w.subject_type <> 'Anonymous'
    union all
    select w.question, w.subject_id, true, 'the policy of the resource'
    from pair_requirements as w where not w.has_policy and w.subject_type in ('Anonymous', 'Service')
    union all
    select w.question, w.subject_id, true, 'the access control lists of ' || r.owner_arn
    from pair_requirements as w join question_resources as r on r.question = w.question
    where
        r.owner_type = 's3_bucket' and r.object_ownership <> 'BucketOwnerEnforced' and iam_acl_can_allow(w.action)
        and (w.is_foreign or w.subject_type = 'Anonymous' and not r.ignore_public_acls)
),

-- The questions about KMS keys that may be AWS managed keys. RCPs do not apply to these keys. No policy of such a key allows
-- kms:PutKeyPolicy.
unknown_key_managers as materialized (
    select r.question, r.owner_arn
    from question_resources as r
    where r.owner_type = 'kms_key' and r.key_manager is null and r.document_id is not null and r.document_id not in (
        select s.document_id
        from question_resources as q join aws_iam_statement as s on s.document_id = q.document_id
        where s.effect = 'Allow' and iam_matches_action(s.action_likes, s.actions is not null, 'kms:PutKeyPolicy')
            and len([1 for condition_ in s.conditions if condition_.key = 'kms:viaservice']) = 0
    )
),

-- The pairs that block public access denies: the bucket's policy is public, and the caller is neither a service nor a principal of
-- the account. `is_certain` is false if the setting was not read.
public_access_blocks as materialized (
    select w.question, w.subject_id, r.owner_arn, coalesce(r.restrict_public_buckets, false) as is_certain
    from pair_requirements as w join question_resources as r on r.question = w.question
    where
        r.owner_type = 's3_bucket' and coalesce(r.restrict_public_buckets, true)
        and w.subject_type <> 'Service' and w.account_id is distinct from r.account_id
        and r.document_id in (
            select s.document_id
            from question_resources as q join aws_iam_statement as s on s.document_id = q.document_id
            where
                s.effect = 'Allow' and not iam_has_fixed_values(s.conditions) and (
                    s.not_principals is not null
                    or len([1 for principal_ in s.principals if iam_is_anyone(principal_."type", principal_."value")]) > 0
                )
        )
),

-- The policy types with an unread policy, which could allow.
unread_policy_types as materialized (
    select c.question, u.subject_id as scope_id, u.policy_type from decided_pairs as c join unread_policies as u using (subject_id)
    union all
    select g.question, g.scope_id, 'scp ' || l.level
    from organization_questions as g join organization_policies as l on l.scope_id = g.scope_id
    where l.type = 'SERVICE_CONTROL_POLICY' and l.document_id is null
    union all
    -- a policy without a level may be attached to each level, and allow what the other policies there do not
    select g.question, g.scope_id, 'scp ' || o.level
    from organization_questions as g
    join organization_policies as l on l.scope_id = g.scope_id and l.type = 'SERVICE_CONTROL_POLICY' and l.level is null
    join organization_policies as o on o.scope_id = l.scope_id and o.type = l.type
    union all
    select c.question, c.subject_id, u.policy_type from decided_pairs as c join unread_resource_policies as u using (question)
    union all
    -- the policy of a resource in the account may allow an action that the principal's policies do not
    select w.question, w.subject_id, unnest(['identity', u.policy_type])
    from pair_requirements as w join unread_resource_policies as u on u.question = w.question
    where not w.is_foreign and (u.policy_type = 'resource' or w.account_id = w.resource_account)
    union all
    select l.question, l.subject_id, unnest(case when l.is_foreign then ['resource'] else ['identity', 'resource'] end)
    from unread_allows as l
),
