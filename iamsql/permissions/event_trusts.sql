-- The principals that a trust policy or resource-based policy in a CloudTrail event allows, for detections.

-- Whether the value of a condition key is inside or outside the organization; NULL where that is not known.
create or replace macro iam_organization_side(key, value, own, organization) as
    case
        when key in ('aws:principalaccount', 'aws:sourceaccount', 'aws:sourceowner', 'kms:calleraccount') then
            case when list_contains(own, value) then 'inside' else 'outside' end
        when key in ('aws:principalorgid', 'aws:sourceorgid') then
            case when value = organization then 'inside'
            when organization is not null or regexp_matches(value, '[*?]') then 'outside' end
        when key in ('aws:principalorgpaths', 'aws:sourceorgpaths') then
            case when starts_with(value, organization || '/') then 'inside'
            when organization is not null or regexp_matches(split_part(value, '/', 1), '[*?]') then 'outside' end
        when key in ('aws:principalarn', 'aws:sourcearn') then
            case when list_contains(own, split_part(value, ':', 5)) then 'inside'
            when key = 'aws:principalarn' or regexp_full_match(split_part(value, ':', 5), '[0-9]{12}') then 'outside'
            when regexp_full_match(value, 'arn:[^:]*:[^:]*:[^:]*:[*?]*:[*?]*|[*?]+|arn:[*?]+') then 'outside' end
        when key = 'aws:sourceip' then
            case when iam_prefix_length(value) < case when contains(value, ':') then 16 else 8 end then 'outside' end
        when key in ('aws:userid', 'aws:sourcevpc', 'aws:sourcevpce') then
            case when regexp_matches(lower(value), '^([a-z]{0,4}|vpce?-)[*?]') then 'outside' end
    end;

-- The conditions that restrict requests to certain callers, sources or networks.
create or replace macro iam_caller_restrictions(conditions) as
    [
        condition_ for condition_ in conditions
        if len(iam_restricting_keys([condition_], [
            'aws:principalaccount', 'aws:principalarn', 'aws:principalorgid', 'aws:principalorgpaths', 'aws:userid',
            'aws:sourceaccount', 'aws:sourcearn', 'aws:sourceowner', 'aws:sourceorgid', 'aws:sourceorgpaths',
            'aws:sourceip', 'aws:sourcevpc', 'aws:sourcevpce', 'kms:calleraccount'
        ])) > 0
    ];

-- Whether conditions exclude all callers outside the organization. With `strict`, a value that is not known to be inside counts
-- as outside.
create or replace macro iam_excludes_external_callers(conditions, own, organization, strict) as
    len([
        1 for condition_ in iam_caller_restrictions(conditions)
        if len([
            1 for value_ in condition_."values"
            if coalesce(
                iam_organization_side(condition_.key, value_, own, organization), case when strict then 'outside' end
            ) = 'outside'
        ]) = 0
    ]) > 0;

-- Whether a condition on the subject of a token admits any subject: nothing precedes its wildcard, or only a label such as repo:.
create or replace macro iam_subject_is_unrestricted(operator, subject) as
    operator = 'stringlike' and regexp_full_match(
        subject, '[*?].*|[A-Za-z_]+:[^/:*?]*[*?].*|system:serviceaccount:[*?]+:[*?]+.*'
    ) and not regexp_full_match(subject, 'system:serviceaccount:.*[^*?:].*');

-- The conditions that restrict claims of a token; a claim is the part of the key after the provider.
create or replace macro iam_claims(conditions, provider, claims) as
    [
        condition_ for condition_ in conditions
        if list_contains([concat(provider, ':', claim_) for claim_ in claims], condition_.key)
        and starts_with(condition_.operator, 'string') and not contains(condition_.operator, 'not')
        and not condition_.if_exists and coalesce(condition_.qualifier, '') <> 'all' and len(condition_."values") > 0
    ];

-- Why a role that trusts an OpenID Connect provider can be assumed from outside; NULL where it cannot.
create or replace macro iam_oidc_exposure(conditions, provider) as
    case
        when len([
            1 for claim_ in iam_claims(conditions, provider, case
                when provider in (
                    'cognito-identity.amazonaws.com', 'accounts.google.com', 'www.amazon.com', 'graph.facebook.com'
                ) then ['sub', 'aud', 'oaud', 'app_id', 'user_id', 'id', 'email']
                else ['sub', 'repository', 'repository_id', 'job_workflow_ref'] end)
            if len([1 for value_ in claim_."values" if iam_subject_is_unrestricted(claim_.operator, value_)]) = 0
        ]) = 0
            then case when len(iam_claims(conditions, provider, ['sub'])) = 0 then 'no condition on the subject'
            else 'any subject' end
        when len([
            1 for claim_ in iam_claims(conditions, provider, ['aud'])
            if len([1 for value_ in claim_."values" if regexp_full_match(value_, '[*?]+')]) > 0
        ]) > 0
            then 'any audience'
        -- Every app of these providers receives tokens for the same subjects.
        when provider in ('cognito-identity.amazonaws.com', 'accounts.google.com', 'www.amazon.com', 'graph.facebook.com')
            and len(iam_claims(conditions, provider, ['aud', 'oaud', 'app_id'])) = 0
            then 'no condition on the audience'
    end;

-- Why a principal of a trust policy lets the role be assumed from outside; NULL where it does not.
create or replace macro iam_trust_exposure(kind, value, conditions, own, organization) as
    case
        when kind in ('AWS', 'NotPrincipal') then
            case when (
                kind = 'NotPrincipal' or iam_is_anyone(kind, value) or not list_contains(own, iam_account_of(kind, value))
            ) and not iam_excludes_external_callers(conditions, own, organization, true) then
                case when len(conditions) = 0 then 'without a condition'
                else 'under the condition ' || left(iam_condition_text(conditions), 300) end
            end
        when regexp_full_match(value, '[*?]+') then 'without a name'
        when kind = 'Federated' and value like 'arn:%' and not list_contains(own, split_part(value, ':', 5))
            then 'a provider of another account'
        when kind = 'Federated' and value not like '%:saml-provider/%'
            then iam_oidc_exposure(conditions, regexp_replace(lower(value), '^arn:.*:oidc-provider/', ''))
        when
            kind = 'Service' and regexp_full_match(value, '(rolesanywhere|credentials\.iot)\.amazonaws\.com(\.cn)?')
            and not iam_excludes_external_callers(conditions, own, organization, true)
            then 'for machines outside AWS, of whatever source'
    end;

-- The principals that a trust policy allows, with `opens`, why one lets the role be assumed from outside. `own` are the IDs of
-- the organization's accounts.
create or replace macro iam_document_trusts(policy, own, organization) as
    flatten([
        [
            {
                'kind': principal_."type", 'named': principal_."value",
                'opens': iam_trust_exposure(principal_."type", principal_."value", statement_.conditions, own, organization)
            }
            for principal_ in coalesce(
                statement_.principals, [{'type': 'NotPrincipal', 'value': not_."value"} for not_ in statement_.not_principals]
            )
        ]
        for statement_ in iam_document_statements(policy)
        if statement_.effect = 'Allow'
        and (
            iam_statement_matches_action(statement_, 'sts:assumerole')
            or iam_statement_matches_action(statement_, 'sts:assumerolewithsaml')
            or iam_statement_matches_action(statement_, 'sts:assumerolewithwebidentity')
        )
    ]);

-- The IDs of accounts and organizations outside that a resource-based policy allows, or * for everyone. Services are left out.
create or replace macro iam_document_external_principals(policy, own, organization) as
    flatten([
        [
            case
                when principal_."type" = 'CanonicalUser' then 'canonical user ' || principal_."value"
                else coalesce(iam_account_of(principal_."type", principal_."value"), [
                    coalesce(iam_account_of('AWS', value_), value_)
                    for value_ in flatten([condition_."values" for condition_ in iam_caller_restrictions(statement_.conditions)
                        if condition_.key in ('aws:principalaccount', 'aws:principalarn', 'aws:principalorgid')
                    ])
                    if not list_contains(own, coalesce(iam_account_of('AWS', value_), value_))
                    and value_ <> coalesce(organization, '')
                    and not contains(value_, '*')
                ][1], '*')
            end
            for principal_ in coalesce(
                statement_.principals, [{'type': 'AWS', 'value': '*'} for not_ in statement_.not_principals[:1]]
            )
            if principal_."type" = 'CanonicalUser'
            or not list_contains(own, iam_account_of(principal_."type", principal_."value"))
            or (
                regexp_full_match(principal_."value", '[*]+')
                and principal_."type" <> 'Service'
                and not iam_excludes_external_callers(statement_.conditions, own, organization, false)
            )
        ]
        for statement_ in iam_document_statements(policy) if statement_.effect = 'Allow'
    ]);
