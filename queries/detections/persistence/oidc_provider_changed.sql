-- title: OpenID Connect identity provider created, changed or deleted
-- kind: detection
-- severity: medium
-- tags: mitre:T1484.002, tactic:persistence, cloudtrail
--
-- Detects OpenID Connect providers that are created or deleted, and changes of their audiences and thumbprints. Tokens
-- of the provider can assume roles without AWS credentials, so a provider under the control of an attacker, or an
-- additional audience, is a hidden way back. Without an audience, only the trust policy of a role restricts for whom a
-- token was issued; `detail` says so. Identify the owner of the URL, and the roles that trust the provider with their
-- conditions on the subject and audience.
-- False positives: new EKS clusters (oidc.eks in the URL), and build services such as GitHub or GitLab that are being
-- connected. The role of a pipeline creates the provider, and a role with a condition on the subject follows.
-- Deleted providers of EKS clusters are excluded.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    coalesce(e.request_parameters ->> '$.url', e.request_parameters ->> '$.openIDConnectProviderArn', e.target) as target,
    concat(
        case e.event_name
            when 'CreateOpenIDConnectProvider'
                then coalesce(
                    'provider created, audiences ' || nullif(e.request_parameters ->> '$.clientIDList', '[]'),
                    'provider created without an audience'
                )
            when 'DeleteOpenIDConnectProvider' then 'provider deleted'
            when 'UpdateOpenIDConnectProviderThumbprint'
                then concat('certificate thumbprints replaced: ', e.request_parameters ->> '$.thumbprintList')
            else concat('audience added: ', e.request_parameters ->> '$.clientID')
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from successful_calls('iam.amazonaws.com') as e
where
    scan_filter(e.event_name in (
        'CreateOpenIDConnectProvider', 'AddClientIDToOpenIDConnectProvider', 'UpdateOpenIDConnectProviderThumbprint',
        'DeleteOpenIDConnectProvider'
    ))
    and not (
        e.event_name = 'DeleteOpenIDConnectProvider'
        and contains(coalesce(e.request_parameters ->> '$.openIDConnectProviderArn', ''), ':oidc-provider/oidc.eks.')
    )
order by e.event_time desc, e.event_id
