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
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    e.request_parameters ->> '$.userName' as target,
    concat(
        case e.event_name when 'CreateLoginProfile' then 'first password of ' else 'new password of ' end,
        e.request_parameters ->> '$.userName',
        case
            when (e.request_parameters ->> '$.passwordResetRequired') = 'true'
                then ', must be changed at the next sign-in'
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from successful_calls('iam.amazonaws.com') as e
where
    scan_filter(e.event_name in ('CreateLoginProfile', 'UpdateLoginProfile'))
    and (e.request_parameters ->> '$.userName') is not null
    and not coalesce(e.user_type = 'IAMUser' and e.username = (e.request_parameters ->> '$.userName'), false)
order by e.event_time desc, e.event_id
