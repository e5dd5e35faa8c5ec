-- title: MFA device of a user removed
-- kind: detection
-- severity: high
-- tags: mitre:T1556.006, tactic:persistence, cloudtrail
--
-- Detects the deactivation of MFA devices of IAM users, root users and Identity Center users. Without MFA a stolen
-- password is sufficient, and an attacker can register a device of their own. Ask the user through a channel other
-- than email. If it was not the user, enable MFA again, change the password, and end the sessions.
-- False positives: lost and replaced phones. An EnableMFADevice event for the same user follows within minutes. The
-- deletion of an unassigned virtual device (DeleteVirtualMFADevice) changes nothing and is excluded.

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    coalesce(c.request_parameters ->> '$.userName', c.request_parameters ->> '$.userId', c.target) as target,
    concat(
        case
            when c.user_type = 'Root' then 'by the root user'
            when c.username = (c.request_parameters ->> '$.userName') then 'by the user'
            else 'by another principal'
        end,
        ', ', coalesce(c.request_parameters ->> '$.serialNumber', c.request_parameters ->> '$.deviceId'),
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id, c.user_agent
from recorded_calls() as c
where
    (
        (c.event_source = 'iam.amazonaws.com' and c.event_name = 'DeactivateMFADevice')
        or (c.event_source = 'sso-directory.amazonaws.com' and c.event_name = 'DeleteMfaDeviceForUser')
    )
    and c.error_code is null
order by c.event_time desc, c.event_id
