-- The resources of the questions, and the policies that are in no table: session policies and grants.

-- The resources of the questions that can have policies. A resource that is not in the run has the status missing if the run has
-- other resources of its type.
question_resources as materialized (
    select
        q.question, q.owner_arn, q.owner_type, r.account_id, r.document_id, r.policy_status, r.restrict_public_buckets,
        r.object_ownership, coalesce(r.ignore_public_acls, false) as ignore_public_acls, r.key_manager,
        case
            when q.owner_type = 'kms_key' and r.grants is not null and json_array_length(r.grants) > 0
                then iam_grants_document(r.grants)
        end as grants, q.owner_type = 'kms_key' and r.grants is null as lacks_grants
    from asked_questions as q
    join known_resources as r on r.arn = q.owner_arn and r.resource_type <> 'vpc_endpoint'
    where q.owner_type is not null
    union all
    -- a resource policy of CloudWatch Logs is a policy of one log group, or of all log groups in the account and Region
    select q.question, q.owner_arn, q.owner_type, r.account_id, r.document_id, r.policy_status, null, null, false, null, null, false
    from asked_questions as q
    join known_resources as r
        on r.resource_type = 'log_group' and r.arn = concat(split_part(q.owner_arn, ':log-group:', 1), ':log-group:*')
    where q.owner_type = 'log_group'
    union all
    select
        q.question, q.owner_arn, q.owner_type, iam_resource_account(q.resource), null, 'missing', null, null, false, null, null, false
    from asked_questions as q
    anti join known_resources as r on r.arn = q.owner_arn
    where
        q.owner_type in (select t.resource_type from known_resources as t)
        and not contains(lower(q.action), ':create') and q.owner_type <> 'log_group'
),

-- The policies that are in no table: session policies, and the grants of KMS keys.
other_documents as materialized (
    select
        md5(n.definition.session_policy) as document_id,
        iam_given_json(n.definition.session_policy, 'session_policy') as document
    from numbered_subjects as n where n.definition.session_policy is not null
    union
    select md5(cast(r.grants as varchar)), r.grants from question_resources as r where r.grants is not null
),

other_statements as materialized (
    select d.*
    from iam_parsed_statements((
        select coalesce(list({'document_id': o.document_id, 'document': o.document}), []) from other_documents as o
    )) as d
),
