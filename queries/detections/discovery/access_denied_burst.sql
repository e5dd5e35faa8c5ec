-- title: Burst of denied API calls by one principal
-- kind: detection
-- severity: medium
-- tags: mitre:T1580, mitre:T1526, mitre:T1069.003, tactic:discovery, cloudtrail
-- param: actions integer = 8  # Minimum number of distinct denied actions in a clock hour
--
-- Detects a principal that was denied at least `$actions` different actions within a clock hour. An attacker with a
-- stolen credential tests what it permits, and the denied calls show it; a workload fails at the same one or two
-- actions again and again. Review what the same principal did successfully in that hour.
-- False positives: a new role whose policy is still incomplete, audit tools with missing permissions, and the console,
-- which requests more than the user may see.

with calls as (
    select
        e.event_time,
        date_trunc('hour', e.event_time) as in_hour,
        e.account_id, e.region, e.actor, e.source_ip_address, e.event_name, e.event_id,
        split_part(e.event_source, '.', 1) as service
    from recorded_calls() as e
    where
        (e.error_code like '%AccessDenied%' or e.error_code like '%Unauthorized%')
        and e.invoked_by is null
        and e.actor is not null
),

bursts as (
    select
        c.account_id, c.actor, first_call(c) as first_call,
        string_agg(distinct c.service, ', ' order by c.service) as services,
        count(distinct c.event_name) as actions,
        concat(
            count(distinct c.event_name), ' different actions denied, ', count(*), ' times: ',
            left(string_agg(distinct c.event_name, ', ' order by c.event_name), 300), ', until ', max(c.event_time)
        ) as detail
    from calls as c
    group by c.account_id, c.actor, c.in_hour
)

select
    b.first_call.event_time, b.account_id, b.first_call.region, b.actor, b.first_call.source_ip_address,
    b.first_call.event_name, b.services as target, b.detail, b.first_call.event_id
from bursts as b
where b.actions >= $actions
order by b.first_call.event_time desc, b.first_call.event_id
