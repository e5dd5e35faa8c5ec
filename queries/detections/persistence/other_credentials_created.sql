-- title: Service-specific credential, SSH key or signing certificate created for a user
-- kind: detection
-- severity: medium
-- tags: mitre:T1098.001, mitre:T1098.004, tactic:persistence, cloudtrail
--
-- Detects Git passwords, Bedrock API keys, SSH keys and signing certificates that are created for IAM users. They give
-- access as access keys do, and reviews often omit them. Check with the user whether the credential is intended; if
-- not, delete it and look for its use.
-- False positives: developers who use CodeCommit or Bedrock with a credential of their own, which they create
-- themselves. Review credentials that another principal created and credentials without an expiration first.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
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
            when e.username = (e.request_parameters ->> '$.userName') then ', by the user' else ', by another principal'
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from successful_calls('iam.amazonaws.com') as e
where
    scan_filter(e.event_name in (
        'CreateServiceSpecificCredential', 'ResetServiceSpecificCredential', 'UploadSSHPublicKey',
        'UploadSigningCertificate'
    ))
order by e.event_time desc, e.event_id
