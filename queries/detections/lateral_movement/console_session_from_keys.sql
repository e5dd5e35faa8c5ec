-- title: Console session created from the credentials of a role
-- kind: detection
-- severity: medium
-- tags: mitre:T1550.001, mitre:T1078.004, tactic:lateral_movement, cloudtrail
--
-- Detects GetSigninToken calls, which turn temporary credentials into a console session. An attacker with the
-- credentials of a role can use the console in this way. Find out where the credentials were issued, and revoke the
-- sessions of the role if nobody can explain the call.
-- False positives: internal portals and tools such as aws-vault that sign people in to the console. They use the same
-- roles from the same addresses. Calls of the roles of Identity Center are excluded.

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    coalesce(c.issuer_arn, c.actor_arn) as target,
    concat(
        'console session created with ', c.user_agent,
        case c.session_mfa when 'false' then ', without MFA' end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id, c.user_agent
from successful_calls('signin.amazonaws.com') as c
where
    c.event_name = 'GetSigninToken'
    and c.user_type in ('AssumedRole', 'FederatedUser')
    and coalesce(c.response_elements ->> '$.GetSigninToken', 'Success') <> 'Failure'
    and not coalesce(iam_is_identity_center_role(c.issuer_arn), false)
order by c.event_time desc, c.event_id
