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
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    coalesce(e.issuer_arn, e.actor_arn) as target,
    concat(
        'console session created with ', e.user_agent,
        case e.session_mfa when 'false' then ', without MFA' end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from successful_calls('signin.amazonaws.com') as e
where
    e.event_name = 'GetSigninToken'
    and e.user_type in ('AssumedRole', 'FederatedUser')
    and coalesce(e.response_elements ->> '$.GetSigninToken', 'Success') <> 'Failure'
    and not coalesce(iam_is_identity_center_role(e.issuer_arn), false)
order by e.event_time desc, e.event_id
