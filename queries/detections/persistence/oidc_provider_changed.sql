-- title: OpenID Connect identity provider created or changed
-- kind: detection
-- severity: medium
-- tags: mitre:T1484.002, tactic:persistence, cloudtrail
--
-- Detects OpenID Connect providers that are created, and changes of their audiences and thumbprints. Tokens of the
-- provider can assume roles without AWS credentials, so a provider under the control of an attacker, or an additional
-- audience, is a hidden way back. Identify the owner of the URL, and the roles that trust the provider with their
-- conditions on the subject.
-- False positives: new EKS clusters (oidc.eks in the URL), and build services such as GitHub or GitLab that are being
-- connected. The role of a pipeline creates the provider, and a role with a condition on the subject follows.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name,
    coalesce(e.request_parameters ->> '$.url', e.request_parameters ->> '$.openIDConnectProviderArn', e.target) as target,
    concat(
        case e.event_name
            when 'CreateOpenIDConnectProvider'
                then concat('provider created, audiences ', e.request_parameters ->> '$.clientIDList')
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
        'CreateOpenIDConnectProvider', 'AddClientIDToOpenIDConnectProvider', 'UpdateOpenIDConnectProviderThumbprint'
    ))
order by e.event_time desc, e.event_id
