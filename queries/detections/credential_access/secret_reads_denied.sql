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
        e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name, e.event_id, e.user_agent,
        coalesce(e.request_parameters ->> '$.secretId', e.request_parameters ->> '$.name', e.event_id) as secret,
        burst_start([e.account_id, e.actor], e.event_time, e.event_id, $minutes) as starts
    from recorded_calls() as e
    where
        e.event_source in ('secretsmanager.amazonaws.com', 'ssm.amazonaws.com')
        and scan_filter(e.event_name in (
            'GetSecretValue', 'BatchGetSecretValue', 'GetParameter', 'GetParameterHistory', 'GetParameters',
            'GetParametersByPath'
        ))
        and scan_filter(e.error_code in ('AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation'))
),

numbered as (
    select
        c.*,
        sum(c.starts) over (partition by c.account_id, c.actor order by c.event_time, c.event_id) as burst
    from calls as c
),

bursts as (
    select
        n.account_id, n.actor, first_call(n) as first_call, max(n.event_time) as last_event_time,
        count(*) as calls, count(distinct n.secret) as secrets,
        string_agg(distinct n.secret, ', ' order by n.secret) as secret_names
    from numbered as n
    group by n.account_id, n.actor, n.burst
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
