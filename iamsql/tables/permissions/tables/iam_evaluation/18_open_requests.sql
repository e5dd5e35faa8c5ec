-- The pairs whose answer depends on the request. iam_condition_outcomes evaluates each combination of conditions once.

-- The policies that allow the pairs that are not denied: the policies of the principal or, if the policies of the subject are assumed
-- to allow everything, the policy of the resource.
allowing_policies as materialized (
    select s.question, s.scope_id, array_to_string(iam_sorted_set(list(s.label)), ', ') as policies
    from effective_statements as s
    join principal_facts as f on f.subject_id = s.scope_id
    anti join denied_pairs as b on b.question = s.question and b.subject_id = s.scope_id
    where s.effect = 'Allow' and list_contains(case when f.is_assumed then ['resource', 'trust'] else ['identity'] end, s.policy_type)
    group by s.question, s.scope_id
),

-- The statements whose conditions decide: each Deny, and each Allow of a policy type that does not allow every request.
open_statements as materialized (
    select
        iam_pair_key(s.question, s.scope_id) as scope_key, s.policy_type, s.effect, o.conditions,
        iam_hash(concat(s.policy_type, s.effect, cast(o.conditions as varchar))) as digest
    from effective_statements as s
    join open_conditions as o on o.conditional_id = s.conditional_id
    join policy_type_allows as m using (question, scope_id, policy_type)
    where s.effect = 'Deny' or not m.allows
),

-- The pairs that such statements decide. Pairs with the same statements have the same signature, and one evaluation.
signatures as materialized (
    select b.question, b.subject_id, md5(cast(iam_sorted_set(list(o.digest)) as varchar)) as signature
    from pair_scopes as b
    join open_statements as o on o.scope_key = b.scope_key
    anti join denied_pairs as k on k.question = b.question and k.subject_id = b.subject_id
    group by all
),

-- One pair of each signature.
signature_examples as materialized (
    select iam_pair_key(g.question, g.subject_id) as pair_key, g.signature
    from signatures as g
    qualify row_number() over (partition by g.signature order by g.question, g.subject_id) = 1
),

-- The results of conditions, by signature.
condition_outcomes as materialized (
    from iam_condition_outcomes((
        select list({'signature': s.signature, 'policy_type': s.policy_type, 'effect': s.effect, 'conditions': s.conditions})
        from (
            select distinct e.signature, o.policy_type, o.effect, o.conditions
            from signature_examples as e
            join pair_scopes as b on iam_pair_key(b.question, b.subject_id) = e.pair_key
            join open_statements as o on o.scope_key = b.scope_key
        ) as s
    ))
),
