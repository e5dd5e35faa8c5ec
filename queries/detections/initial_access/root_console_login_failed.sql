-- title: Failed console sign-in of the root user
-- kind: detection
-- severity: medium
-- tags: mitre:T1110, mitre:T1078.004, tactic:initial_access, cloudtrail
--
-- Detects failed console sign-ins of the root user. Somebody knows the email address of the root user and tries
-- passwords, or has the password but not the MFA device. A single failure is often a typing error; several failures,
-- or failures from an unknown address, require a check of the mailbox and a new password.
-- False positives: the owner who mistypes the password. A successful sign-in from the same address follows within
-- minutes.

select
    e.event_time, e.account_id, e.region,
    coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
    e.source_ip_address, e.event_name, 'root' as target,
    concat(
        'failed: ', e.error_message,
        case e.mfa_used when 'Yes' then ', MFA was required' end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from aws_cloudtrail_event as e
where e.event_name = 'ConsoleLogin' and e.console_login = 'Failure' and e.user_type = 'Root'
order by e.event_time desc, e.event_id
