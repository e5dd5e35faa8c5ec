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
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    coalesce(c.request_parameters ->> '$.userName', c.username) as target,
    concat(
        case c.event_name
            when 'UploadSSHPublicKey' then 'SSH key'
            when 'UploadSigningCertificate' then 'signing certificate'
            else concat(
                'password for ',
                coalesce(
                    c.request_parameters ->> '$.serviceName',
                    c.response_elements ->> '$.serviceSpecificCredential.serviceName', 'a service'
                ),
                coalesce(concat(' for ', nullif(c.request_parameters ->> '$.credentialAgeDays', ''), ' days'), '')
            )
        end,
        case
            when c.username = (c.request_parameters ->> '$.userName') then ', by the user' else ', by another principal'
        end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id, c.user_agent
from successful_calls('iam.amazonaws.com') as c
where
    scan_filter(c.event_name in (
        'CreateServiceSpecificCredential', 'ResetServiceSpecificCredential', 'UploadSSHPublicKey',
        'UploadSigningCertificate'
    ))
order by c.event_time desc, c.event_id
