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

-- The principals that each role's trust policy allows. `may_be_denied`: the trust policy or an RCP has a Deny.
trust_statements as materialized (
    select d.account_id, d.owner_arn as role, s.action_likes, s.actions is not null as is_action, s.has_variables, s.conditions,
        unnest(coalesce(s.principals, [{'type': 'AWS', 'value': '*'}])) as principal, s.principals is null or exists (
            from aws_iam_statement as o where o.document_id = d.document_id and o.effect = 'Deny'
        ) or exists (
            from aws_organizations_account_policy as l
            join aws_iam_statement as o on o.document_id = l.document_id
            where l.type = 'RESOURCE_CONTROL_POLICY' and o.effect = 'Deny'
        ) as may_be_denied
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
trusts as materialized (
    select
        t.account_id, t.role,
        case
            when t.principal.value = '*' then '*'
            when regexp_full_match(t.principal.value, '\d{12}') then t.principal.value
            when t.principal.value like 'arn:%:iam::%:root' then split_part(t.principal.value, ':', 5)
        end as trusted_account,
        t.principal.value as trusted,
        bool_or(t.has_variables or iam_conditions_use(t.conditions, 'principal')) as depends_on_principal,
        bool_or(len(t.conditions) = 0) and not bool_or(t.may_be_denied) as is_unconditional
    from trust_statements as t
    where t.principal.type = 'AWS' and iam_matches_action(t.action_likes, t.is_action, 'sts:AssumeRole')
    group by all
),
