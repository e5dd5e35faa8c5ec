-- title: Identity providers for SAML made or changed
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1484.002, tactic:persistence, cloudtrail
--
-- Whoever owns the identity provider decides who may sign in, as whom. A provider that is new, or one whose
-- metadata were replaced, lets its owner write tickets for every role that trusts it. Compare the metadata with
-- the real provider's, then list the roles that trust it.
-- False positives: certificates that are renewed about once a year, announced by whoever runs the provider. What
-- Identity Center does for itself in member accounts (AWSSSO providers, made through its service-linked role) is
-- not shown.

select
    e.event_time, e.account_id, e.region,
    coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
    e.source_ip_address as source_ip, e.event_name,
    coalesce(
        e.request_parameters ->> '$.sAMLProviderArn', e.response_elements ->> '$.sAMLProviderArn',
        e.request_parameters ->> '$.name', e.request_parameters ->> '$.directoryId',
        e.request_parameters ->> '$.trustedTokenIssuerArn', e.target
    ) as target,
    concat(
        case when e.event_name like 'Create%' then 'provider made' else 'provider changed' end,
        case when e.event_source <> 'iam.amazonaws.com' then ', of Identity Center' end,
        case when e.event_name like '%TrustedTokenIssuer' then ', whose tokens are trusted' end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from aws_cloudtrail_event as e
where
    (
        (e.event_source = 'iam.amazonaws.com' and e.event_name in ('CreateSAMLProvider', 'UpdateSAMLProvider'))
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
    and coalesce(e.user_type, '') <> 'AWSService'
    and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
order by e.event_time desc, e.event_id
