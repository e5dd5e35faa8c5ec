-- title: IAM Roles Anywhere trust anchor, profile or revocation list changed
-- kind: detection
-- severity: high
-- tags: mitre:T1098.001, mitre:T1553.004, tactic:persistence, cloudtrail
--
-- Detects trust anchors and profiles of IAM Roles Anywhere that are created, changed or enabled, and certificate
-- revocation lists that are disabled or deleted. With a trust anchor, everyone who has a certificate of its
-- certificate authority can assume roles from outside AWS. If the authority is not yours, disable the trust anchor,
-- then review the profiles that were created with it and the CreateSession events.
-- False positives: the initial setup of Roles Anywhere, and a renewed certificate authority. The team that manages
-- certificates knows of it, and the source is usually AWS Private CA (AWS_ACM_PCA) rather than a certificate bundle.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    coalesce(
        e.request_parameters ->> '$.name', e.request_parameters ->> '$.trustAnchorId',
        e.request_parameters ->> '$.profileId', e.request_parameters ->> '$.crlId', e.target
    ) as target,
    concat(
        case e.event_name
            when 'CreateTrustAnchor' then 'trust anchor created'
            when 'EnableTrustAnchor' then 'trust anchor enabled'
            when 'UpdateTrustAnchor' then 'trust anchor changed'
            when 'CreateProfile' then concat('profile created, roles ', e.request_parameters ->> '$.roleArns')
            when 'UpdateProfile' then concat('profile changed, roles ', e.request_parameters ->> '$.roleArns')
            else 'certificate revocation list disabled or deleted'
        end,
        case
            when (e.request_parameters ->> '$.source.sourceData.x509CertificateData') is not null
                then ', with an uploaded certificate'
            when (e.request_parameters ->> '$.source.sourceData.acmPcaArn') is not null
                then concat(', with ', e.request_parameters ->> '$.source.sourceData.acmPcaArn')
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from successful_calls('rolesanywhere.amazonaws.com') as e
where
    scan_filter(e.event_name in (
        'CreateTrustAnchor', 'UpdateTrustAnchor', 'EnableTrustAnchor', 'CreateProfile', 'UpdateProfile', 'DisableCrl',
        'DeleteCrl'
    ))
order by e.event_time desc, e.event_id
