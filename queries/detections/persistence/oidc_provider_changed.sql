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
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    coalesce(c.request_parameters ->> '$.url', c.request_parameters ->> '$.openIDConnectProviderArn', c.target) as target,
    concat(
        case c.event_name
            when 'CreateOpenIDConnectProvider'
                then coalesce(
                    'provider created, audiences ' || nullif(c.request_parameters ->> '$.clientIDList', '[]'),
                    'provider created without an audience'
                )
            when 'DeleteOpenIDConnectProvider' then 'provider deleted'
            when 'UpdateOpenIDConnectProviderThumbprint'
                then concat('certificate thumbprints replaced: ', c.request_parameters ->> '$.thumbprintList')
            else concat('audience added: ', c.request_parameters ->> '$.clientID')
        end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id, c.user_agent
from successful_calls('iam.amazonaws.com') as c
where
    scan_filter(c.event_name in (
        'CreateOpenIDConnectProvider', 'AddClientIDToOpenIDConnectProvider', 'UpdateOpenIDConnectProviderThumbprint',
        'DeleteOpenIDConnectProvider'
    ))
    and not (
        c.event_name = 'DeleteOpenIDConnectProvider'
        and contains(coalesce(c.request_parameters ->> '$.openIDConnectProviderArn', ''), ':oidc-provider/oidc.eks.')
    )
order by c.event_time desc, c.event_id
