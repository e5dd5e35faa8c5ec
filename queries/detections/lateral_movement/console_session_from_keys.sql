-- title: Console sessions made from a role's credentials
-- kind: detection
-- severity: medium
-- version: 1
-- tags: mitre:T1550.001, mitre:T1078.004, tactic:lateral_movement, cloudtrail
--
-- GetSigninToken turns temporary credentials into a console session: whoever stole a role's keys gets a browser
-- window with them. See where the session's credentials were first given out, and end the role's sessions if
-- nobody owns up to it.
-- False positives: in-house portals and tools such as aws-vault that sign people in this way: always the same
-- roles, from the same addresses. Those of Identity Center, whose tool is Jersey, are not shown.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name,
    coalesce(e.issuer_arn, e.actor_arn) as target,
    concat(
        'a console session was made with ', e.user_agent,
        case e.session_mfa when 'false' then ', without MFA' end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from successful_calls('signin.amazonaws.com') as e
where
    e.event_name = 'GetSigninToken'
    and e.user_type in ('AssumedRole', 'FederatedUser')
    and coalesce(e.response_elements ->> '$.GetSigninToken', 'Success') <> 'Failure'
    and coalesce(e.issuer_arn, '') not like '%/AWSReservedSSO_%'
    -- That Identity Center's tool is named Jersey is assumed.
    and coalesce(e.user_agent, '') not like 'Jersey/%'
order by e.event_time desc, e.event_id
