-- title: Many SSM parameters read and decrypted by one actor
-- kind: detection
-- severity: medium
-- version: 1
-- tags: mitre:T1555.006, mitre:T1552, tactic:credential_access, cloudtrail
-- param: many integer = 30     # Parameters that are too many
-- param: minutes integer = 30  # Pause that ends a burst
--
-- Parameters hold passwords and keys as often as secrets do, and reading them by path takes everything below it.
-- Look at what was read with decryption, change what matters, and see how the actor came to be allowed to. Reads
-- are found in trails, not by the usual look-ups.
-- False positives: programs that load their settings by path when they start: always the same path, under a role
-- of their own. A page of GetParametersByPath counts as the ten parameters that it may hold.

with calls as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name, e.event_id, e.user_agent,
        case
            when e.event_name = 'GetParametersByPath' then e.request_parameters ->> '$.path'
            when e.event_name in ('GetParameter', 'GetParameterHistory') then e.request_parameters ->> '$.name'
            else e.request_parameters ->> '$.names'
        end as named,
        case
            when e.event_name = 'GetParametersByPath' then 10
            when e.event_name in ('GetParameter', 'GetParameterHistory') then 1
            else coalesce(json_array_length(e.request_parameters, '$.names'), 1)
        end as parameters,
        case when e.event_name = 'GetParametersByPath' then e.event_id end as page_id,
        case
            when e.event_time <= lag(e.event_time) over same + $minutes * interval '1 minute' then 0
            else 1
        end as starts
    from successful_calls('ssm.amazonaws.com') as e
    where
        e.event_name in ('GetParameter', 'GetParameterHistory', 'GetParameters', 'GetParametersByPath')
        and (e.request_parameters ->> '$.withDecryption') = 'true'
    window same as (
        partition by e.account_id, e.actor
        order by e.event_time, e.event_id
    )
),

numbered as (
    select
        c.*,
        sum(c.starts) over (
            partition by c.account_id, c.actor
            order by c.event_time, c.event_id
            rows between unbounded preceding and current row
        ) as burst
    from calls as c
),

ranked as (
    select
        n.*,
        row_number() over (
            partition by n.account_id, n.actor, n.burst, n.event_name, n.named, n.page_id
            order by n.event_time, n.event_id
        ) as nth
    from numbered as n
),

bursts as (
    select
        n.account_id, n.actor,
        min(n.event_time) as event_time, max(n.event_time) as last_event_time,
        of_first(n.region, n.starts) as region, of_first(n.source_ip, n.starts) as source_ip,
        of_first(n.event_name, n.starts) as event_name, of_first(n.event_id, n.starts) as event_id,
        of_first(n.user_agent, n.starts) as user_agent,
        count(*) as calls, count(distinct n.source_ip) as addresses,
        sum(case when n.nth = 1 then n.parameters else 0 end) as parameters,
        string_agg(distinct n.named, ', ' order by n.named) as named
    from ranked as n
    group by n.account_id, n.actor, n.burst
)

select
    b.event_time, b.account_id, b.region, b.actor, b.source_ip, b.event_name,
    left(b.named, 300) as target,
    concat(
        'up to ', b.parameters, ' parameters decrypted in ', b.calls, ' calls until ',
        strftime(b.last_event_time, '%Y-%m-%d %H:%M:%S'), ' from ', b.addresses, ' addresses'
    ) as detail,
    b.event_id, b.parameters, b.calls, b.last_event_time, b.user_agent
from bursts as b
where b.parameters >= $many
order by b.event_time desc, b.event_id
