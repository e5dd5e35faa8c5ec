-- title: SAML identity provider created, changed or deleted
-- kind: detection
-- severity: high
-- tags: mitre:T1484.002, tactic:persistence, cloudtrail
--
-- Detects SAML providers of IAM, external identity providers of IAM Identity Center, and trusted token issuers that are
-- created or changed, and SAML providers that are deleted. The owner of an identity provider decides who can sign in,
-- and as whom; a new provider, or one with replaced metadata, can issue assertions for every role that trusts it.
-- Without the provider, nobody can sign in through it. Compare the metadata with the metadata of the real provider,
-- then list the roles that trust it.
-- False positives: certificates that are renewed about once a year and announced by the team of the provider. AWSSSO
-- providers, which Identity Center creates in member accounts through its service-linked role, are excluded.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    coalesce(
        e.request_parameters ->> '$.sAMLProviderArn', e.response_elements ->> '$.sAMLProviderArn',
        e.request_parameters ->> '$.name', e.request_parameters ->> '$.directoryId',
        e.request_parameters ->> '$.trustedTokenIssuerArn', e.target
    ) as target,
    concat(
        case
            when e.event_name like 'Create%' then 'provider created'
            when e.event_name like 'Delete%' then 'provider deleted'
            else 'provider changed'
        end,
        case when e.event_source <> 'iam.amazonaws.com' then ', of Identity Center' end,
        case when e.event_name like '%TrustedTokenIssuer' then ', trusted token issuer' end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from recorded_calls() as e
where
    (
        (
            e.event_source = 'iam.amazonaws.com'
            and e.event_name in ('CreateSAMLProvider', 'UpdateSAMLProvider', 'DeleteSAMLProvider')
        )
        or (
            e.event_source = 'sso-directory.amazonaws.com'
            and e.event_name in (
                'CreateExternalIdPConfigurationForDirectory', 'UpdateExternalIdPConfigurationForDirectory',
                'EnableExternalIdPConfigurationForDirectory'
            )
        )
        or (
            e.event_source = 'sso.amazonaws.com'
            and e.event_name in ('CreateTrustedTokenIssuer', 'UpdateTrustedTokenIssuer')
        )
    )
    and e.error_code is null
order by e.event_time desc, e.event_id
