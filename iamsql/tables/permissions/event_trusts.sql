-- The principals that a trust policy or resource-based policy in a CloudTrail event allows, for detections.

-- Returns whether a condition on the subject of a token admits any subject: nothing precedes its wildcard, or only a label such as
-- repo:.
create or replace macro iam_subject_is_unrestricted(operator, subject) as
    operator = 'stringlike' and regexp_full_match(
        subject, '[*?].*|[A-Za-z_]+:[^/:*?]*[*?].*|system:serviceaccount:[*?]+:[*?]+.*'
    ) and not regexp_full_match(subject, 'system:serviceaccount:.*[^*?:].*');

-- Returns the conditions that restrict claims of a token. A claim is the part of the key after the provider.
create or replace macro iam_claims(conditions, provider, claims) as
    [
        condition_ for condition_ in conditions
        if list_contains([concat(provider, ':', claim_) for claim_ in claims], condition_.key)
        and starts_with(condition_.operator, 'string') and not contains(condition_.operator, 'not')
        and not condition_.if_exists and coalesce(condition_.qualifier, '') <> 'all' and len(condition_."values") > 0
    ];

-- Returns why a role that trusts an OpenID Connect provider can be assumed from outside, or NULL if it cannot.
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

-- Returns the Deny statements of a document, for iam_deny_restrictions.
create or replace macro iam_document_denials(policy) as
    [
        iam_denial(
            statement_.principals, statement_.not_principals, statement_.conditions,
            iam_likes(coalesce(statement_.actions, statement_.not_actions)), statement_.actions is not null,
            case when statement_.resources is not null then iam_likes(statement_.resources) end
        )
        for statement_ in iam_document_statements(policy)
        if statement_.effect = 'Deny' and statement_.not_resources is null
    ];

-- Returns the principals of the Allow statements of a document. NotPrincipal allows everyone except the principals that it lists.
-- With `is_trust`, only statements that allow a role to be assumed count. A document with a duplicate key has one principal, whose
-- text names the key.
create or replace macro iam_document_principals(policy, is_trust) as
    flatten([
        [
            {
                'kind': principal_."type", 'value': principal_."value",
                'party': case
                    when principal_."type" = 'NotPrincipal' then '*'
                    else iam_principal_party(principal_."type", principal_."value")
                end,
                'actions': case
                    when is_trust then iam_assume_actions(
                        principal_."type", principal_."value", iam_likes(coalesce(statement_.actions, statement_.not_actions)),
                        statement_.actions is not null
                    )
                    else statement_.actions
                end,
                'resources': case when is_trust then null else statement_.resources end,
                'conditions': statement_.conditions
            }
            for principal_ in coalesce(
                statement_.principals,
                [{'type': 'NotPrincipal', 'value': excluded_."value"} for excluded_ in statement_.not_principals]
            )
        ]
        for statement_ in iam_document_statements(policy)
        if statement_.effect = 'Allow'
        and (
            not is_trust
            or iam_statement_matches_action(statement_, 'sts:assumerole')
            or iam_statement_matches_action(statement_, 'sts:assumerolewithsaml')
            or iam_statement_matches_action(statement_, 'sts:assumerolewithwebidentity')
        )
    ]) || [
        {
            'kind': 'AWS', 'value': unclear_, 'party': unclear_, 'actions': cast(null as varchar[]),
            'resources': cast(null as varchar[]), 'conditions': statement_conditions(cast('{}' as json))
        }
        for unclear_ in iam_unclear_document(policy)
    ];

-- Returns why a principal of a trust policy lets the role be assumed from outside, or NULL if it does not. `side` is the side of
-- its callers, as in iam_caller_sides.
create or replace macro iam_trust_exposure(kind, value, conditions, is_own_provider, side) as
    case
        when kind in ('AWS', 'NotPrincipal') then
            case when side in ('unknown', 'outsider', 'everyone') then concat(
                case
                    when len(conditions) = 0 then 'without a condition'
                    else 'under the condition ' || left(iam_condition_text(conditions), 300)
                end,
                case when side = 'unknown' then '; whether the organization contains it was not read' end
            ) end
        when regexp_full_match(value, '[*?]+') then 'without a name'
        when kind = 'Federated' and value like 'arn:%' and not is_own_provider then 'a provider of another account'
        when kind = 'Federated' and value not like '%:saml-provider/%'
            then iam_oidc_exposure(conditions, regexp_replace(lower(value), '^arn:.*:oidc-provider/', ''))
        when
            kind = 'Service' and regexp_full_match(value, '(rolesanywhere|credentials\.iot)\.amazonaws\.com(\.cn)?')
            and side in ('unknown', 'outsider', 'everyone')
            then 'for machines outside AWS, of whatever source'
    end;
