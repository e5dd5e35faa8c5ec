-- title: Passwords set for somebody else
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1098, mitre:T1078.004, tactic:persistence, cloudtrail
--
-- A console password on a user that had only keys, or a new one in place of the old, is a way in that its owner
-- does not know of. Ask whoever did it and the user; if neither knows, delete the login profile and look for
-- sign-ins of that user.
-- False positives: help desks that reset forgotten passwords, and new users who get their first one. The user must
-- then choose another at once (detail tells), and a sign-in from the user's usual place follows.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name,
    e.request_parameters ->> '$.userName' as target,
    concat(
        case e.event_name when 'CreateLoginProfile' then 'first password of ' else 'new password of ' end,
        e.request_parameters ->> '$.userName',
        case
            when (e.request_parameters ->> '$.passwordResetRequired') = 'true'
                then ', to be changed at the next sign-in'
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from successful_calls('iam.amazonaws.com') as e
where
    e.event_name in ('CreateLoginProfile', 'UpdateLoginProfile')
    and (e.request_parameters ->> '$.userName') is not null
    and not coalesce(e.user_type = 'IAMUser' and e.username = (e.request_parameters ->> '$.userName'), false)
order by e.event_time desc, e.event_id
