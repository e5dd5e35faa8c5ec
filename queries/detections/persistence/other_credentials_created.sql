-- title: Credentials of lesser-known kinds made for users
-- kind: detection
-- severity: medium
-- version: 1
-- tags: mitre:T1098.001, mitre:T1098.004, tactic:persistence, cloudtrail
--
-- Git passwords, Bedrock API keys, SSH keys and signing certificates of IAM users let people in as access keys do,
-- and reviews often forget them. Check with the user that it is wanted; if it is not, delete it and look for its
-- use.
-- False positives: developers who clone from CodeCommit or try Bedrock with a key of their own: they make it for
-- themselves. Look first at those that were made for somebody else, and at ones that never expire.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name,
    coalesce(e.request_parameters ->> '$.userName', e.username) as target,
    concat(
        case e.event_name
            when 'UploadSSHPublicKey' then 'SSH key'
            when 'UploadSigningCertificate' then 'signing certificate'
            else concat(
                'password for ',
                coalesce(
                    e.request_parameters ->> '$.serviceName',
                    e.response_elements ->> '$.serviceSpecificCredential.serviceName', 'a service'
                ),
                coalesce(concat(' for ', nullif(e.request_parameters ->> '$.credentialAgeDays', ''), ' days'), '')
            )
        end,
        case
            when e.username = (e.request_parameters ->> '$.userName') then ', by the user' else ', by somebody else'
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from successful_calls('iam.amazonaws.com') as e
where
    e.event_name in (
        'CreateServiceSpecificCredential', 'ResetServiceSpecificCredential', 'UploadSSHPublicKey',
        'UploadSigningCertificate'
    )
order by e.event_time desc, e.event_id
