-- title: Console sign-in of the root user
-- kind: detection
-- severity: high
-- tags: mitre:T1078.004, tactic:initial_access, cloudtrail
--
-- Detects successful console sign-ins of the root user. The root user has every permission and is not subject to IAM
-- policies, so each sign-in should be known in advance. Ask the people who have the credentials. If none of them
-- signed in, change the password of the root user and of its mailbox, and review root_api_activity for the calls that
-- followed.
-- False positives: the few tasks that require the root user, such as closing the account or repairing a bucket policy
-- that denies everyone. They are planned, use MFA, and end within the hour.

select
    e.event_time, e.account_id, e.region,
    coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
    e.source_ip_address, e.event_name, 'root' as target,
    concat(
        'root signed in ',
        case e.mfa_used when 'Yes' then 'with MFA' else 'without MFA' end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from aws_cloudtrail_event as e
where e.event_name = 'ConsoleLogin' and e.console_login = 'Success' and e.user_type = 'Root'
order by e.event_time desc, e.event_id
