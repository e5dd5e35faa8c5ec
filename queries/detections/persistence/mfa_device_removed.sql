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
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    coalesce(e.request_parameters ->> '$.userName', e.request_parameters ->> '$.userId', e.target) as target,
    concat(
        case
            when e.user_type = 'Root' then 'by the root user'
            when e.username = (e.request_parameters ->> '$.userName') then 'by the user'
            else 'by another principal'
        end,
        ', ', coalesce(e.request_parameters ->> '$.serialNumber', e.request_parameters ->> '$.deviceId'),
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from recorded_calls() as e
where
    (
        (e.event_source = 'iam.amazonaws.com' and e.event_name = 'DeactivateMFADevice')
        or (e.event_source = 'sso-directory.amazonaws.com' and e.event_name = 'DeleteMfaDeviceForUser')
    )
    and e.error_code is null
order by e.event_time desc, e.event_id
