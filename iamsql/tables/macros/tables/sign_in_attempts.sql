-- Returns successful and failed sign-ins to the console and to IAM Identity Center: each ConsoleLogin, UserAuthentication and
-- CredentialVerification. A CredentialVerification is the attempt of one password or second factor.
--
-- IAM Identity Center logs the user name with the request for the credential (CredentialChallenge). A failed attempt has only the
-- ID of that workflow. The macro looks up the name by the workflow, then by the user ID. Names of IAM Identity Center are
-- lowercase, because they are not case-sensitive. Hidden and unknown names are NULL.
-- returns: account_id VARCHAR, event_time TIMESTAMP, event_id VARCHAR, event_name VARCHAR, region VARCHAR, source_ip_address VARCHAR, user_agent VARCHAR, actor_arn VARCHAR, issuer_arn VARCHAR, user_type VARCHAR, by_identity_center BOOLEAN, name VARCHAR, is_hidden BOOLEAN, outcome VARCHAR, credential VARCHAR, mfa_used VARCHAR, provider VARCHAR, error_message VARCHAR, data_source VARCHAR
create or replace macro sign_in_attempts() as table
with seen as (
    select
        e.account_id, e.event_time, e.event_id, e.event_name, e.region, e.source_ip_address,
        e.user_agent,
        nullif(e.actor_arn, '') as actor_arn,
        e.issuer_arn,
        e.event_name <> 'ConsoleLogin' as by_identity_center,
        e.user_type,
        coalesce(e.username, e.additional_event_data ->> '$.UserName') = 'HIDDEN_DUE_TO_SECURITY_REASONS' as is_hidden,
        nullif(nullif(e.username, ''), 'HIDDEN_DUE_TO_SECURITY_REASONS') as username,
        nullif(e.additional_event_data ->> '$.UserName', 'HIDDEN_DUE_TO_SECURITY_REASONS') as typed,
        e.additional_event_data ->> '$.AuthWorkflowID' as workflow,
        e.additional_event_data ->> '$.CredentialType' as credential,
        e.additional_event_data ->> '$.SamlProviderArn' as provider,
        e.event ->> '$.userIdentity.onBehalfOf.userId' as user_id,
        case
            when
                e.error_code is not null
                or e.error_message = 'Failed authentication'
                or e.console_login = 'Failure'
                then 'Failure'
            when e.event_name = 'ConsoleLogin' then e.console_login
            else coalesce(
                e.service_event_details ->> concat('$.', e.event_name),
                e.response_elements ->> concat('$.', e.event_name),
                case when e.event_name = 'UserAuthentication' then 'Success' end
            )
        end as outcome,
        e.mfa_used, e.error_message, e.data_source
    from aws_cloudtrail_event as e
    where
        scan_filter(e.event_name in ('ConsoleLogin', 'UserAuthentication', 'CredentialChallenge', 'CredentialVerification'))
        and e.event_source in ('signin.amazonaws.com', 'sso.amazonaws.com')
),

by_workflow as (
    select
        s.*,
        coalesce(
            s.typed,
            max(s.typed) over (partition by s.account_id, coalesce(s.workflow, s.event_id)),
            case when s.by_identity_center then s.username end
        ) as workflow_name
    from seen as s
),

by_user as (
    select
        w.*,
        coalesce(
            w.workflow_name, max(w.workflow_name) over (partition by w.account_id, coalesce(w.user_id, w.event_id)), w.user_id
        ) as user_name
    from by_workflow as w
)

select
    u.account_id, u.event_time, u.event_id, u.event_name, u.region, u.source_ip_address, u.user_agent, u.actor_arn, u.issuer_arn,
    case when u.by_identity_center then 'IdentityCenterUser' else u.user_type end as user_type,
    u.by_identity_center,
    case when u.by_identity_center then lower(u.user_name) else coalesce(u.username, u.typed) end as name,
    coalesce(u.is_hidden, false) as is_hidden, u.outcome, u.credential, u.mfa_used, u.provider, u.error_message, u.data_source
from by_user as u
where u.event_name <> 'CredentialChallenge';
