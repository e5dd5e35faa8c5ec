-- title: Instance metadata service allowed without a session token (IMDSv1)
-- kind: detection
-- severity: medium
-- tags: mitre:T1552.005, tactic:credential_access, cloudtrail
--
-- Detects instances whose metadata service accepts requests without a session token again, and account defaults that
-- allow it. Server-side request forgery in a web application then suffices to read the credentials of the role of the
-- instance. Require tokens again (`aws ec2 modify-instance-metadata-options --http-tokens required`), and review the
-- calls of the role since.
-- False positives: old software that cannot request a token. The team that operates the instance knows of it. New
-- instances are excluded: the image and the account decide about them.

with changes as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
        iam_first_text(
            c.request_parameters, ['$.ModifyInstanceMetadataOptionsRequest.InstanceId', '$.instanceId']
        ) as instance_id,
        iam_first_text(
            c.request_parameters, [
                '$.ModifyInstanceMetadataOptionsRequest.HttpTokens', '$.httpTokens',
                '$.ModifyInstanceMetadataDefaultsRequest.HttpTokens'
            ]
        ) as http_tokens,
        c.invoked_by, c.event_id
    from successful_calls('ec2.amazonaws.com') as c
    where scan_filter(c.event_name in ('ModifyInstanceMetadataOptions', 'ModifyInstanceMetadataDefaults'))
)

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    coalesce(c.instance_id, c.account_id) as target,
    concat(
        'session tokens ', c.http_tokens,
        case when c.instance_id is null then ', as the default for new instances of the Region' end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from changes as c
where c.http_tokens = 'optional'
order by c.event_time desc, c.event_id
