-- title: Denied attempts to read secrets or parameters
-- kind: detection
-- severity: medium
-- tags: mitre:T1555.006, tactic:credential_access, cloudtrail
-- param: secrets integer = 3   # Minimum number of distinct secrets in a burst
-- param: minutes integer = 30  # Minutes without a call that end a burst
--
-- Detects a principal that was denied access to several different secrets or parameters in a short time, which
-- indicates that somebody tests what a credential can read. These calls disclosed nothing, but the credential may be
-- in the wrong hands. Find out where it comes from, and what it read successfully in the same hour.
-- False positives: a program whose role was restricted or whose secret was renamed. It requests the same one or two
-- secrets again and again, so the detection counts distinct secrets.

with calls as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, c.event_id, c.user_agent,
        coalesce(c.request_parameters ->> '$.secretId', c.request_parameters ->> '$.name', c.event_id) as secret,
        burst_start([c.account_id, c.actor], c.event_time, c.event_id, $minutes) as starts
    from recorded_calls() as c
    where
        c.event_source in ('secretsmanager.amazonaws.com', 'ssm.amazonaws.com')
        and scan_filter(c.event_name in (
            'GetSecretValue', 'BatchGetSecretValue', 'GetParameter', 'GetParameterHistory', 'GetParameters',
            'GetParametersByPath'
        ))
        and scan_filter(c.error_code in ('AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation'))
),

burst_calls as (
    select
        c.*,
        sum(c.starts) over (partition by c.account_id, c.actor order by c.event_time, c.event_id) as burst
    from calls as c
),

bursts as (
    select
        c.account_id, c.actor, first_call(c) as first_call, max(c.event_time) as last_event_time,
        count(*) as calls, count(distinct c.secret) as secrets,
        string_agg(distinct c.secret, ', ' order by c.secret) as secret_names
    from burst_calls as c
    group by c.account_id, c.actor, c.burst
)

select
    b.first_call.event_time, b.account_id, b.first_call.region, b.actor, b.first_call.source_ip_address,
    b.first_call.event_name, left(b.secret_names, 300) as target,
    concat(
        'denied: ', pluralize(b.secrets, 'secret or parameter', 'different secrets or parameters'), ' in ',
        pluralize(b.calls, 'call', 'calls'), ' until ',
        time_text(b.last_event_time)
    ) as detail,
    b.first_call.event_id, b.secrets, b.calls, b.last_event_time, b.first_call.user_agent
from bursts as b
where b.secrets >= $secrets
order by b.first_call.event_time desc, b.first_call.event_id
