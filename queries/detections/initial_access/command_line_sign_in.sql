-- title: Command line signed in through Identity Center or the console for the first time
-- kind: detection
-- severity: low
-- tags: mitre:T1078.004, mitre:T1528, tactic:initial_access, cloudtrail
-- param: days integer = 14  # Minimum history of the account, in days
--
-- Detects users whose first token for a command line comes from a device code of IAM Identity Center, or from `aws
-- login`, after `$days` days of history of the account. In device code phishing, the user confirms a code that an
-- attacker requested, and the attacker receives the token, even if the user has a second factor. Ask the user whether
-- they signed in a command line at that time, and compare the address with the addresses of their other sign-ins; if
-- it was not the user, end the sessions.
-- False positives: people who start to use the AWS CLI, and new colleagues. Each of them is a finding only once.

with tokens as (
    select
        e.event_time, e.account_id, e.region,
        coalesce(
            e.actor_arn, e.event ->> '$.userIdentity.onBehalfOf.userId', e.username, e.principal_id, e.user_type
        ) as actor,
        e.source_ip_address, e.event_name, e.event_id, e.user_agent
    from aws_cloudtrail_event as e
    where
        scan_filter(e.event_name in ('CreateToken', 'CreateTokenWithIAM', 'CreateOAuth2Token'))
        and e.error_code is null
        and (
            (
                e.event_source in ('sso.amazonaws.com', 'sso-oauth.amazonaws.com')
                and ends_with(e.request_parameters ->> '$.grantType', ':device_code')
            )
            or (
                e.event_source = 'signin.amazonaws.com'
                and coalesce(e.request_parameters ->> '$.grantType', 'authorization_code') = 'authorization_code'
            )
        )
),

account_starts as (
    select e.account_id, min(e.event_time) as first_time
    from aws_cloudtrail_event as e
    group by e.account_id
),

first_tokens as (
    select t.*
    from tokens as t
    qualify row_number() over (partition by t.account_id, t.actor order by t.event_time, t.event_id) = 1
)

select
    f.event_time, f.account_id, f.region, f.actor, f.source_ip_address, f.event_name, f.actor as target,
    concat('first token for a command line in this run', ', with ' || f.user_agent) as detail,
    f.event_id, f.user_agent
from first_tokens as f
inner join account_starts as s on s.account_id = f.account_id
where f.event_time > s.first_time + to_days($days)
order by f.event_time desc, f.event_id
