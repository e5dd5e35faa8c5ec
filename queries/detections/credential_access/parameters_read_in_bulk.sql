-- title: Bulk retrieval of SSM parameters by one principal
-- kind: detection
-- severity: medium
-- tags: mitre:T1555.006, mitre:T1552, tactic:credential_access, cloudtrail
-- param: parameters integer = 30  # Minimum number of parameters in a burst
-- param: minutes integer = 30     # Minutes without a call that end a burst
--
-- Detects a principal that reads and decrypts many parameters of SSM Parameter Store in a short time. Parameters often
-- hold passwords and keys, and GetParametersByPath returns everything below a path. Review which parameters were
-- decrypted, rotate the secrets among them, and find out why the principal has the permission. Trails record read
-- events; the default event look-ups exclude them.
-- False positives: programs that load their configuration by path at start. They read the same path with a role of
-- their own each time. A page of GetParametersByPath counts as ten parameters, its maximum.

with calls as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, c.event_id, c.user_agent,
        case
            when c.event_name = 'GetParametersByPath' then c.request_parameters ->> '$.path'
            when c.event_name in ('GetParameter', 'GetParameterHistory') then c.request_parameters ->> '$.name'
            else c.request_parameters ->> '$.names'
        end as requested,
        case
            when c.event_name = 'GetParametersByPath' then 10
            when c.event_name in ('GetParameter', 'GetParameterHistory') then 1
            else coalesce(json_array_length(c.request_parameters, '$.names'), 1)
        end as parameters,
        case when c.event_name = 'GetParametersByPath' then c.event_id end as page_id,
        burst_start([c.account_id, c.actor], c.event_time, c.event_id, $minutes) as starts
    from successful_calls('ssm.amazonaws.com') as c
    where
        scan_filter(c.event_name in ('GetParameter', 'GetParameterHistory', 'GetParameters', 'GetParametersByPath'))
        and (c.request_parameters ->> '$.withDecryption') = 'true'
),

burst_calls as (
    select
        c.*,
        sum(c.starts) over (partition by c.account_id, c.actor order by c.event_time, c.event_id) as burst
    from calls as c
),

ranked_calls as (
    select
        c.*,
        row_number() over (
            partition by c.account_id, c.actor, c.burst, c.event_name, c.requested, c.page_id
            order by c.event_time, c.event_id
        ) as nth
    from burst_calls as c
),

bursts as (
    select
        r.account_id, r.actor, first_call(r) as first_call, max(r.event_time) as last_event_time,
        count(*) as calls, count(distinct r.source_ip_address) as addresses,
        sum(case when r.nth = 1 then r.parameters else 0 end) as parameters,
        string_agg(distinct r.requested, ', ' order by r.requested) as requested
    from ranked_calls as r
    group by r.account_id, r.actor, r.burst
)

select
    b.first_call.event_time, b.account_id, b.first_call.region, b.actor, b.first_call.source_ip_address,
    b.first_call.event_name, left(b.requested, 300) as target,
    concat(
        'up to ', pluralize(b.parameters, 'parameter', 'parameters'), ' decrypted in ',
        pluralize(b.calls, 'call', 'calls'), ' until ', time_text(b.last_event_time), ' from ',
        pluralize(b.addresses, 'address', 'addresses')
    ) as detail,
    b.first_call.event_id, b.parameters, b.calls, b.last_event_time, b.first_call.user_agent
from bursts as b
where b.parameters >= $parameters
order by b.first_call.event_time desc, b.first_call.event_id
