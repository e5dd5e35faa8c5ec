-- The principals that methods can target, and the principals that the trust policy of each role allows.

-- The users and roles that methods can target. AWS refuses changes of the roles that it manages (`is_protected`).
principals as materialized (
    select
        iam_hash(u.arn) as id, u.account_id, u.arn, 'user' as type, u.permissions_boundary_arn as boundary_arn, u.password_enabled,
        true as has_instance_profile, false as is_protected
    from aws_iam_user as u
    union all
    select
        iam_hash(r.arn), r.account_id, r.arn, 'role', r.permissions_boundary_arn, null,
        case when r.tags_src is not null then coalesce(json_array_length(r.instance_profile_arns), 0) > 0 end,
        iam_is_protected_role(r.arn)
    from aws_iam_role as r
    where coalesce(r.path, '/') not like '/aws-service-role/%'
),

-- The accounts that administer Identity Center (sso) and root sessions (iam).
administration_accounts as materialized (
    select split_part(r.arn, ':', 5) as account_id, unnest(['sso', 'iam']) as service from aws_organizations_root as r
    union
    select d.delegated_account_id, split_part(d.service_principal, '.', 1)
    from aws_organizations_delegated_services_for_account as d
),

group_memberships as materialized (
    select u.account_id, iam_hash(u.arn) as principal, g.arn as group_arn
    from (select w.account_id, w.arn, unnest(w.groups ->> '$[*].GroupName') as name from aws_iam_user as w) as u
    join aws_iam_group as g on g.account_id = u.account_id and g.name = u.name
),

-- The resource control policies that deny sts:AssumeRole or were not read, by account.
assume_role_rcps as materialized (
    select
        l.account_id, array_to_string(iam_sorted_set(list(coalesce(l.document_id, l.policy_id))), ' ') as policies,
        coalesce(bool_or(s.has_variables or iam_conditions_use(s.conditions, 'principal')), false) as depends_on_principal,
        coalesce(bool_or(
            s.has_variables or not coalesce(list_contains(s.resources, '*'), false) or iam_differs_between_roles([condition_.key for condition_ in s.conditions])
        ), false) as depends_on_role
    from aws_organizations_account_policy as l
    left join aws_iam_statement as s on s.document_id = l.document_id
    where
        l.type = 'RESOURCE_CONTROL_POLICY' and l.policy_id is not null and (
            l.document_id is null
            or s.effect = 'Deny' and iam_matches_action(s.action_likes, s.actions is not null, 'sts:AssumeRole')
        )
    group by l.account_id
),

-- The trust policies with a Deny. `depends_on_principal`: the Deny applies to some principals only.
denying_trusts as materialized (
    select
        o.document_id,
        bool_or(
            o.has_variables or o.not_principals is not null or iam_conditions_use(o.conditions, 'principal')
            or len([1 for principal_ in o.principals if principal_."value" <> '*']) > 0
        ) as depends_on_principal,
        bool_or(o.has_variables or iam_differs_between_roles([condition_.key for condition_ in o.conditions])) as depends_on_role
    from aws_iam_statement as o
    where o.effect = 'Deny' and o.document_id in (select d.document_id from aws_iam_document as d where d.source = 'trust')
    group by o.document_id
),

-- The principals that each role's trust policy allows.
trust_statements as materialized (
    select
        d.account_id, d.owner_arn as role, d.document_id, s.action_likes, s.actions is not null as is_action, s.has_variables, s.conditions,
        unnest(coalesce(s.principals, [{'type': 'AWS', 'value': '*'}])) as principal, s.principals is null as is_not_principal
    from aws_iam_document as d
    join aws_iam_statement as s on s.document_id = d.document_id
    where d.source = 'trust' and s.effect = 'Allow'
),

-- The roles with the services that may assume them. Services have no Region and no suffix of the partition: states.us-east-1 is
-- states. In trust policies, identity pools of Amazon Cognito and service accounts of EKS clusters are federated principals. The
-- service accounts count as pods. A SAML provider counts as the service saml.
service_roles as materialized (
    select distinct t.account_id, t.role, t.principal.type = 'Federated' as is_federated, case
        when t.principal.type = 'Service'
            then regexp_replace(t.principal.value, '(\.[a-z]{2}(-[a-z]+)+-\d)?\.amazonaws\.com(\.cn)?$', '.amazonaws.com')
        when t.principal.value like '%:saml-provider/%' then 'saml'
        when iam_is_identity_pool(t.principal.value)
            then 'cognito-identity.amazonaws.com'
        when regexp_matches(t.principal.value, ':oidc-provider/oidc\.eks\.') then 'pods.eks.amazonaws.com'
    end as service
    from trust_statements as t
    where t.principal.type in ('Service', 'Federated')
),

-- The roles with the AWS principals that may assume them. `trusted_account` is `*` for everyone, and NULL for one principal.
-- `is_unconditional`: no policy of the role or its account limits these principals. `policies` identifies the trust policy, the RCPs and
-- the management account, where RCPs do not apply. Roles with the same `policies` have the same result, unless `depends_on_role`.
trusts as materialized (
    select
        t.account_id, t.role,
        case
            when t.principal.value = '*' then '*'
            when regexp_full_match(t.principal.value, '\d{12}') then t.principal.value
            when t.principal.value like 'arn:%:iam::%:root' then split_part(t.principal.value, ':', 5)
        end as trusted_account,
        t.principal.value as trusted,
        bool_or(
            t.is_not_principal or t.has_variables or iam_conditions_use(t.conditions, 'principal')
            or coalesce(d.depends_on_principal, false) or coalesce(r.depends_on_principal, false)
        ) as depends_on_principal,
        bool_or(
            t.has_variables or iam_differs_between_roles([condition_.key for condition_ in t.conditions])
            or coalesce(d.depends_on_role, false) or coalesce(r.depends_on_role, false)
        ) as depends_on_role,
        bool_or(len(t.conditions) = 0)
        and not bool_or(t.is_not_principal or d.document_id is not null or r.account_id is not null) as is_unconditional,
        any_value(o.organization_id) as organization_id,
        concat_ws(' ', any_value(t.document_id), any_value(r.policies), any_value(m.account_id)) as policies
    from trust_statements as t
    left join denying_trusts as d on d.document_id = t.document_id
    left join assume_role_rcps as r on r.account_id = t.account_id
    left join (
        select p.account_id, max(p.organization_id) as organization_id from aws_iam_principal as p group by p.account_id
    ) as o on o.account_id = t.account_id
    left join administration_accounts as m on m.account_id = t.account_id and m.service = 'iam'
    where t.principal.type = 'AWS' and iam_matches_action(t.action_likes, t.is_action, 'sts:AssumeRole')
    group by t.account_id, t.role, t.principal.value
),
