-- title: Console sign-ins of the root user
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1078.004, tactic:initial_access, cloudtrail
--
-- Root needs no right and obeys no policy of the account, so each of its sign-ins ought to be known in advance.
-- Ask the two or three people who could have done it; if none did, change the password and the mailbox's, and read
-- root_api_activity for what followed.
-- False positives: the few tasks that only root can do, such as closing the account or mending a bucket policy
-- that shuts everybody out. They are planned, use MFA, and end within the hour.

select
    e.event_time, e.account_id, e.region,
    coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
    e.source_ip_address as source_ip, e.event_name, 'root' as target,
    concat(
        'root signed in ',
        case e.mfa_used when 'Yes' then 'with MFA' else 'without MFA' end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from aws_cloudtrail_event as e
where e.event_name = 'ConsoleLogin' and e.console_login = 'Success' and e.user_type = 'Root'
order by e.event_time desc, e.event_id
