-- title: Console sign-in of an IAM user without MFA
-- kind: detection
-- severity: medium
-- tags: mitre:T1078.004, tactic:initial_access, cloudtrail
--
-- Detects successful console sign-ins of IAM users without MFA. The password alone was sufficient, so anyone who
-- guesses, buys or phishes it can sign in. Assign an MFA device to the user, or delete the password and let the person
-- sign in through the identity provider.
-- False positives: people who have not received their MFA device yet. The sign-in is legitimate, but the risk remains.
-- Federated users are excluded, because their identity provider verifies MFA and CloudTrail does not record it; for
-- the root user see root_console_login.

select
    e.event_time, e.account_id, e.region,
    coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
    e.source_ip_address, e.event_name, e.username as target,
    concat('signed in with a password only', ', through ' || e.invoked_by) as detail,
    e.event_id, e.user_agent
from aws_cloudtrail_event as e
where
    e.event_name = 'ConsoleLogin'
    and e.console_login = 'Success'
    and e.user_type = 'IAMUser'
    and e.mfa_used = 'No'
order by e.event_time desc, e.event_id
