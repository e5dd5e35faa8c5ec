-- title: Console password set for another user
-- kind: detection
-- severity: high
-- tags: mitre:T1098, mitre:T1078.004, tactic:persistence, cloudtrail
--
-- Detects console passwords that a principal sets for another IAM user. A password for a user that had only access
-- keys, or a new password, gives access that the owner does not know of. Ask the principal and the user; if neither
-- can explain it, delete the login profile and look for sign-ins of the user.
-- False positives: help desks that reset forgotten passwords, and first passwords of new users. The user must then
-- change the password at the next sign-in, which `detail` shows, and signs in from the usual address.

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    c.request_parameters ->> '$.userName' as target,
    concat(
        case c.event_name when 'CreateLoginProfile' then 'first password of ' else 'new password of ' end,
        c.request_parameters ->> '$.userName',
        case
            when (c.request_parameters ->> '$.passwordResetRequired') = 'true'
                then ', must be changed at the next sign-in'
        end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id, c.user_agent
from successful_calls('iam.amazonaws.com') as c
where
    scan_filter(c.event_name in ('CreateLoginProfile', 'UpdateLoginProfile'))
    and (c.request_parameters ->> '$.userName') is not null
    and not coalesce(c.user_type = 'IAMUser' and c.username = (c.request_parameters ->> '$.userName'), false)
order by c.event_time desc, c.event_id
