-- The matching statements of each subject's policies, and the policies of subjects and resources that were not read.

-- The matching statements of each subject's own policies. Each branch joins by equality. An OR in one join would be a product.
subject_statements as materialized (
    select s.question, p.subject_id, p.policy_type, p.label, s.effect, s.statement_id, s.is_plain
    from subject_policies as p
    join matching_statements as s on s.document_id = p.document_id and s.only_subject = p.subject_id
    union all
    select s.question, p.subject_id, p.policy_type, p.label, s.effect, s.statement_id, s.is_plain
    from subject_policies as p join matching_statements as s on s.document_id = p.document_id and s.only_subject is null
),

-- One row: whether the run has a service control policy, whether one is attached, and whether an organization has disabled the
-- type.
scp_facts as materialized (
    select
        coalesce(bool_or(t.kind = 'policy'), false) as has_policies,
        coalesce(bool_or(t.kind = 'target'), false) as has_targets,
        coalesce(bool_or(t.kind = 'disabled'), false) as is_disabled
    from (
        select 'policy' as kind from aws_organizations_policy as p where p.type = 'SERVICE_CONTROL_POLICY'
        union all
        select 'target' from aws_organizations_account_policy as l
        where l.type = 'SERVICE_CONTROL_POLICY' and l.policy_id is not null
        union all
        select 'disabled' from aws_organizations_root as r
        where r.policy_types is not null and not contains(cast(r.policy_types as varchar), 'SERVICE_CONTROL_POLICY')
    ) as t
),

-- The policies of each subject that were not read, by policy type. Each of them could allow or deny.
unread_policies as materialized (
    select p.subject_id, p.policy_type, p.label as name from subject_policies as p where p.document_id is null
    union all
    select
        f.subject_id, case when f.is_read then 'boundary' else 'identity' end,
        case
            when f.is_read then 'the permissions boundary, which GetAccountAuthorizationDetails returns'
            else 'the account of the principal'
        end
    from principal_facts as f where f.facts.tags is null and not f.is_assumed
    union all
    select
        f.subject_id,
        coalesce(case when l.policy_id is not null then 'scp ' || l.level end, 'scp'),
        case
            when l.policy_id is null and c.has_targets
                then concat('the SCPs at ', iam_target_name(l.account_id, l.target_id, l.target_name))
            when l.policy_id is null then 'the service control policies'
            when l.level is null then concat('the targets of the SCP ', l.policy_name)
            else concat('SCP ', l.policy_name, ' at ', iam_target_name(l.account_id, l.target_id, l.target_name))
        end
    from principal_facts as f
    cross join scp_facts as c
    left join aws_organizations_account_policy as l on l.account_id = f.account_id and l.type = 'SERVICE_CONTROL_POLICY'
    where
        f.has_guardrails and l.document_id is null and (
            l.policy_id is not null
            -- Organizations requires a policy on the root, each organizational unit and each account. A level without policies was
            -- not read, for example because ListTargetsForPolicy failed.
            or f.facts.organization_id is not null and not c.is_disabled and (l.account_id is not null or not c.has_policies)
        )
),

-- The questions with a resource whose policy was not read.
unread_resource_policies as materialized (
    select
        q.question, 'trust' as policy_type,
        concat('the trust policy of ', q.resource, ', which has the key ' || d.duplicate_key || ' twice') as name
    from numbered_questions as q
    left join aws_iam_document as d on d.owner_arn = q.resource and d.source = 'trust'
    left join (
        select distinct p.account_id from aws_iam_principal as p
    ) as k on k.account_id = iam_resource_account(q.resource)
    where q.trust and d.document_id is null and (d.owner_arn is not null or k.account_id is null)
    union all
    select r.question, 'resource', concat(
        'the policy of ', r.owner_arn, case
            when r.policy_status = 'missing' then ', a resource that this run does not have'
            when r.policy_status <> 'unread' then concat(', which ', r.policy_status)
        end
    )
    from question_resources as r where r.policy_status not in ('read', 'none', 'default')
),
