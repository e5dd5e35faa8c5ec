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
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    coalesce(
        c.request_parameters ->> '$.sAMLProviderArn', c.response_elements ->> '$.sAMLProviderArn',
        c.request_parameters ->> '$.name', c.request_parameters ->> '$.directoryId',
        c.request_parameters ->> '$.trustedTokenIssuerArn', c.target
    ) as target,
    concat(
        case
            when c.event_name like 'Create%' then 'provider created'
            when c.event_name like 'Delete%' then 'provider deleted'
            else 'provider changed'
        end,
        case when c.event_source <> 'iam.amazonaws.com' then ', of Identity Center' end,
        case when c.event_name like '%TrustedTokenIssuer' then ', trusted token issuer' end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id, c.user_agent
from recorded_calls() as c
where
    (
        (
            c.event_source = 'iam.amazonaws.com'
            and c.event_name in ('CreateSAMLProvider', 'UpdateSAMLProvider', 'DeleteSAMLProvider')
        )
        or (
            c.event_source = 'sso-directory.amazonaws.com'
            and c.event_name in (
                'CreateExternalIdPConfigurationForDirectory', 'UpdateExternalIdPConfigurationForDirectory',
                'EnableExternalIdPConfigurationForDirectory'
            )
        )
        or (
            c.event_source = 'sso.amazonaws.com'
            and c.event_name in ('CreateTrustedTokenIssuer', 'UpdateTrustedTokenIssuer')
        )
    )
    and c.error_code is null
order by c.event_time desc, c.event_id
