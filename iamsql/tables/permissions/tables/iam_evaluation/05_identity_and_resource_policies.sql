-- The policies of each subject: identity-based policies, permissions boundary and session policy. The policy of each resource.

-- The identity-based policies, permissions boundary and session policy of each subject. A root user has a policy that allows
-- everything. `document_id` is NULL if the policy was not read.
subject_policies as materialized (
    select
        n.subject_id, l.layer as policy_type, l.document_id, l.policy_name,
        case
            when l.layer = 'boundary' then 'boundary ' || l.policy_name
            else concat(
                case when l.policy_arn is null then 'inline policy ' else 'policy ' end, l.policy_name,
                case when l.group_name is not null then ' of group ' || l.group_name end
            )
        end || coalesce(', which has the key ' || l.duplicate_key || ' twice', '') as label
    from iam_subject_policies((select list(s.definition) from numbered_subjects as s)) as l
    join numbered_subjects as n on n.subject = l.subject
    union all
    select n.subject_id, 'session', md5(n.definition.session_policy), null, 'the session policy'
    from numbered_subjects as n where n.definition.session_policy is not null
    union all
    select f.subject_id, 'identity', iam_full_access_id(), null, 'the root user'
    from principal_facts as f where f.facts.type = 'Account' and not f.is_assumed
),

-- The policies of the resources of questions: the trust policy of a role, the policy of another resource, the grants of a KMS key.
resource_policies as materialized (
    select
        q.question, 'trust' as policy_type, t.document_id, t.account_id, q.resource as owner_arn,
        'the trust policy' as label
    from numbered_questions as q join aws_iam_document as t on t.owner_arn = q.resource and t.source = 'trust'
    where q.trust
    union all
    select
        r.question, 'resource', r.document_id, r.account_id, r.owner_arn,
        iam_resource_policy_label(r.owner_type)
    from question_resources as r
    union all
    select r.question, 'resource', md5(cast(r.grants as varchar)), r.account_id, r.owner_arn, 'a grant'
    from question_resources as r where r.grants is not null
),
