-- title: MFA devices taken from a user
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1556.006, tactic:persistence, cloudtrail
--
-- With the second factor gone, a stolen password is enough, and the intruder can register a device of their own.
-- Ask the user by another way than mail; if it was not them, give the device back, change the password and end the
-- sessions.
-- False positives: lost and replaced phones: an EnableMFADevice for the same user follows within minutes. Deleting
-- a virtual device that is no longer anybody's (DeleteVirtualMFADevice) changes nothing and is not shown.

select
    e.event_time, e.account_id, e.region,
    coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
    e.source_ip_address as source_ip, e.event_name,
    coalesce(e.request_parameters ->> '$.userName', e.request_parameters ->> '$.userId', e.target) as target,
    concat(
        case
            when e.user_type = 'Root' then 'by the root user'
            when e.username = (e.request_parameters ->> '$.userName') then 'by the user'
            else 'by somebody else'
        end,
        ', ', coalesce(e.request_parameters ->> '$.serialNumber', e.request_parameters ->> '$.deviceId'),
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from aws_cloudtrail_event as e
where
    (
        (e.event_source = 'iam.amazonaws.com' and e.event_name = 'DeactivateMFADevice')
        or (e.event_source = 'sso-directory.amazonaws.com' and e.event_name = 'DeleteMfaDeviceForUser')
    )
    and e.error_code is null
    and coalesce(e.user_type, '') <> 'AWSService'
    and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
order by e.event_time desc, e.event_id
