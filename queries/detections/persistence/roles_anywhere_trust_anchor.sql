-- title: Trust anchors, profiles or revocations of IAM Roles Anywhere made or changed
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1098.001, mitre:T1553.004, tactic:persistence, cloudtrail
--
-- A trust anchor lets everyone with a certificate of its authority assume roles from anywhere, without a key that
-- could be rotated. If the authority is not ours, disable the anchor, then look at the profiles made with it and
-- at CreateSession events.
-- False positives: the first set-up of Roles Anywhere, or a renewed authority: whoever runs the house's
-- certificates knows of it, and the source is then most often AWS Private CA (AWS_ACM_PCA) rather than a
-- certificate from a file.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name,
    coalesce(
        e.request_parameters ->> '$.name', e.request_parameters ->> '$.trustAnchorId',
        e.request_parameters ->> '$.profileId', e.request_parameters ->> '$.crlId', e.target
    ) as target,
    concat(
        case e.event_name
            when 'CreateTrustAnchor' then 'anchor made'
            when 'EnableTrustAnchor' then 'anchor enabled'
            when 'UpdateTrustAnchor' then 'anchor changed'
            when 'CreateProfile' then concat('profile made, roles ', e.request_parameters ->> '$.roleArns')
            when 'UpdateProfile' then concat('profile changed, roles ', e.request_parameters ->> '$.roleArns')
            else 'certificates that were revoked count again'
        end,
        case
            when (e.request_parameters ->> '$.source.sourceData.x509CertificateData') is not null
                then ', with a certificate from a file'
            when (e.request_parameters ->> '$.source.sourceData.acmPcaArn') is not null
                then concat(', with ', e.request_parameters ->> '$.source.sourceData.acmPcaArn')
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from successful_calls('rolesanywhere.amazonaws.com') as e
where
    e.event_name in (
        'CreateTrustAnchor', 'UpdateTrustAnchor', 'EnableTrustAnchor', 'CreateProfile', 'UpdateProfile', 'DisableCrl',
        'DeleteCrl'
    )
order by e.event_time desc, e.event_id
