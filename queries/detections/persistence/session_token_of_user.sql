-- title: Session token requested with an access key and without MFA
-- kind: detection
-- severity: low
-- tags: mitre:T1550.001, mitre:T1078.004, tactic:persistence, cloudtrail
--
-- Detects GetSessionToken calls with a long-term access key that contain no MFA device. The usual reason for the call
-- is MFA; without it, the session can do no more than the key, but its events have another key ID and it lasts up to 36
-- hours. Returns the first call of each access key and day. Review the calls of the session (`iamsql query
-- key_timeline`), and why the key is not enough for the caller.
-- False positives: tools such as aws-vault, which request a session for every shell. The user agent identifies such
-- tools. Calls with an MFA device are excluded.

with calls as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, c.username, c.event_id, c.user_agent,
        c.access_key_id, c.invoked_by,
        c.response_elements ->> '$.credentials.accessKeyId' as session_key_id,
        c.request_parameters ->> '$.durationSeconds' as seconds
    from successful_calls('sts.amazonaws.com') as c
    where
        c.event_name = 'GetSessionToken'
        and c.access_key_id like 'AKIA%'
        and (c.request_parameters ->> '$.serialNumber') is null
)

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, coalesce(c.username, c.actor) as target,
    concat(
        'session', ' ' || c.session_key_id, ' for ' || c.seconds || ' seconds', ' with access key ', c.access_key_id,
        ', without MFA, with ' || c.user_agent, ', through ' || c.invoked_by
    ) as detail,
    c.event_id, c.access_key_id, c.user_agent
from calls as c
qualify row_number() over (
    partition by c.account_id, c.access_key_id, cast(c.event_time as date)
    order by c.event_time, c.event_id
) = 1
order by c.event_time desc, c.event_id
