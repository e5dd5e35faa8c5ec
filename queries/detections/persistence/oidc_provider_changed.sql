-- title: Identity providers for OpenID Connect made or widened
-- kind: detection
-- severity: medium
-- version: 1
-- tags: mitre:T1484.002, tactic:persistence, cloudtrail
--
-- Roles can be assumed with tokens of an OpenID Connect provider, without any key of ours. A provider under an
-- intruder's control, or a new audience on a trusted one, is a quiet way back in. Check whose URL it is and which
-- roles trust it, and with what condition on the subject.
-- False positives: new EKS clusters (oidc.eks in the URL) and build services such as GitHub or GitLab that are
-- being connected: a pipeline's role does it, and a role with a condition on the subject follows.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name,
    coalesce(e.request_parameters ->> '$.url', e.request_parameters ->> '$.openIDConnectProviderArn', e.target) as target,
    concat(
        case e.event_name
            when 'CreateOpenIDConnectProvider'
                then concat('provider made, audiences ', e.request_parameters ->> '$.clientIDList')
            when 'UpdateOpenIDConnectProviderThumbprint'
                then concat('certificates that are trusted replaced: ', e.request_parameters ->> '$.thumbprintList')
            else concat('audience added: ', e.request_parameters ->> '$.clientID')
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from successful_calls('iam.amazonaws.com') as e
where
    e.event_name in (
        'CreateOpenIDConnectProvider', 'AddClientIDToOpenIDConnectProvider', 'UpdateOpenIDConnectProviderThumbprint'
    )
order by e.event_time desc, e.event_id
