-- title: Console sign-ins of IAM users without MFA
-- kind: detection
-- severity: medium
-- version: 1
-- tags: mitre:T1078.004, tactic:initial_access, cloudtrail
--
-- A password alone was enough to get in, so whoever guesses, buys or phishes it is in too. Give the user an MFA
-- device, or better take the password away and let the person come through the identity provider.
-- False positives: people who have not got their device yet; they are real sign-ins, but the gap is real as well.
-- Federated people, whose second factor the identity provider asks for and CloudTrail does not see, are not shown;
-- nor is root (root_console_login).

select
    e.event_time, e.account_id, e.region,
    coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
    e.source_ip_address as source_ip, e.event_name, e.username as target,
    concat('signed in with a password alone', ', through ' || e.invoked_by) as detail,
    e.event_id, e.user_agent
from aws_cloudtrail_event as e
where
    e.event_name = 'ConsoleLogin'
    and e.console_login = 'Success'
    and e.user_type = 'IAMUser'
    and e.mfa_used = 'No'
order by e.event_time desc, e.event_id
