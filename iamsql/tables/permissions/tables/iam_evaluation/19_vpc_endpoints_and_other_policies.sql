-- Other policies and checks of AWS that make a verdict conditional, such as the policies of VPC endpoints.

-- The VPC endpoints with statements about a question's service in a policy that does not allow every request for the resource.
restricting_endpoints as materialized (
    select q.question, r.account_id, coalesce(r.name, r.arn) as name
    from numbered_questions as q
    join known_resources as r on q.has_policy and r.resource_type = 'vpc_endpoint' and r.document_id is not null
    left join matching_statements as s on s.question = q.question and s.document_id = r.document_id
    left join action_statements as a on a.statement_id = s.statement_id
    join aws_iam_statement as t on t.document_id = r.document_id
    where t.not_actions is not null or len([
        1 for pattern_ in t.actions if split_part(lower(q.action), ':', 1) like iam_like(split_part(pattern_, ':', 1)) escape '\'
    ]) > 0
    group by q.question, r.account_id, r.arn, r.name
    having
        not coalesce(bool_or(s.effect = 'Allow' and s.is_plain and list_contains(
            [principal_."value" for principal_ in a.principals], '*'
        )), false)
        or coalesce(bool_or(s.effect = 'Deny'), false)
),

-- Other data that decides: the policy of a resource that was not read, or a check of AWS itself.
other_policies as (
    select
        w.question, w.subject_id,
        case
            when w.rule = 'always' then null
            when w.rule = 'unsigned' then 'what the request contains'
            when lower(w.action) like 'kms:%' and w.resource like 'arn:%:kms:%:key/%' then 'the key policy'
            when lower(w.action) like 'sts:assumerole%' and w.resource like 'arn:%:iam::%:role/%' then 'the trust policy of the role'
            when lower(w.action) = 'sts:assumeroot' then 'centralized root access of the organization'
            when iam_is_protected_role(w.resource) and iam_changes_role(w.action)
                then 'the protection of the role, which only AWS can change'
            when w.is_foreign then 'the resource policy in account ' || w.resource_account
        end as policy
    from pair_requirements as w
    where not w.trust and not w.has_policy
    union all
    select w.question, w.subject_id, 'the policy of the bucket behind the access point'
    from pair_requirements as w where w.has_policy and w.owner_type in ('s3_access_point', 's3_multi_region_access_point')
    union all
    select w.question, w.subject_id, concat('the policy of ', min(e.name), ' for requests through this VPC endpoint')
    from pair_requirements as w
    join restricting_endpoints as e on e.question = w.question and e.account_id = w.account_id
    where w.owner_type not in ('s3_access_point', 's3_multi_region_access_point')
    group by w.question, w.subject_id
),
