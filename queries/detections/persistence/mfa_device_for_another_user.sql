-- title: MFA device registered for another user
-- kind: detection
-- severity: high
-- tags: mitre:T1556.006, mitre:T1098.005, tactic:persistence, cloudtrail
-- param: minutes integer = 60  # Minutes before the registration in which `detail` mentions the creation of the device
--
-- Detects MFA devices that a principal enables for another IAM user. Whoever has the device can sign in as the user
-- with the password, and policies that require MFA are satisfied. `detail` says whether the same principal created the
-- virtual device shortly before. Ask the user through a channel other than email; if the device is not theirs, remove
-- it, change the password, and review the sign-ins since.
-- False positives: help desks that hand out devices, and the setup of an account by an administrator. Users who
-- register a device for themselves are excluded, as is the device of the root user.

with registrations as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
        c.request_parameters ->> '$.userName' as target,
        coalesce(c.request_parameters ->> '$.serialNumber', 'a device') as device,
        c.invoked_by, c.event_id, c.user_agent
    from successful_calls('iam.amazonaws.com') as c
    where
        c.event_name = 'EnableMFADevice'
        and (c.request_parameters ->> '$.userName') is not null
        and not coalesce(c.user_type = 'IAMUser' and c.username = (c.request_parameters ->> '$.userName'), false)
        and not (
            c.user_type = 'Root'
            and coalesce(c.request_parameters ->> '$.serialNumber', '') like '%:mfa/root-account-mfa%'
        )
),

created_devices as (
    select
        c.account_id, c.actor, c.event_time,
        c.response_elements ->> '$.virtualMFADevice.serialNumber' as device
    from successful_calls('iam.amazonaws.com') as c
    where c.event_name = 'CreateVirtualMFADevice'
)

select
    r.event_time, r.account_id, r.region, r.actor, r.source_ip_address, r.event_name, r.target,
    concat(
        r.device, ' for ', r.target,
        case
            when exists (
                select 1
                from created_devices as c
                where
                    c.account_id = r.account_id
                    and c.device = r.device
                    and c.actor = r.actor
                    and c.event_time between r.event_time - $minutes * interval '1 minute' and r.event_time
            )
                then ', created by the same principal shortly before'
        end,
        ', through ' || r.invoked_by
    ) as detail,
    r.event_id, r.user_agent
from registrations as r
order by r.event_time desc, r.event_id
