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
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    coalesce(
        c.request_parameters ->> '$.name', c.request_parameters ->> '$.trustAnchorId',
        c.request_parameters ->> '$.profileId', c.request_parameters ->> '$.crlId', c.target
    ) as target,
    concat(
        case c.event_name
            when 'CreateTrustAnchor' then 'trust anchor created'
            when 'EnableTrustAnchor' then 'trust anchor enabled'
            when 'UpdateTrustAnchor' then 'trust anchor changed'
            when 'CreateProfile' then concat('profile created, roles ', c.request_parameters ->> '$.roleArns')
            when 'UpdateProfile' then concat('profile changed, roles ', c.request_parameters ->> '$.roleArns')
            else 'certificate revocation list disabled or deleted'
        end,
        case
            when (c.request_parameters ->> '$.source.sourceData.x509CertificateData') is not null
                then ', with an uploaded certificate'
            when (c.request_parameters ->> '$.source.sourceData.acmPcaArn') is not null
                then concat(', with ', c.request_parameters ->> '$.source.sourceData.acmPcaArn')
        end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id, c.user_agent
from successful_calls('rolesanywhere.amazonaws.com') as c
where
    scan_filter(c.event_name in (
        'CreateTrustAnchor', 'UpdateTrustAnchor', 'EnableTrustAnchor', 'CreateProfile', 'UpdateProfile', 'DisableCrl',
        'DeleteCrl'
    ))
order by c.event_time desc, c.event_id
