-- title: Many secrets read by one actor in a short time
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1555.006, tactic:credential_access, cloudtrail
-- param: many integer = 10     # Secrets that are too many
-- param: minutes integer = 30  # Pause that ends a burst
--
-- A program reads the few secrets it needs; whoever reads them all is taking stock. Change every secret that was
-- read, most valuable first, and see how the actor came to be allowed to. Reads are found in trails, not by the
-- usual look-ups.
-- False positives: backup and rotation jobs, and deployments that start many programs under one role: they do so
-- at each run, so look whether the same actor has a row every day. A BatchGetSecretValue counts as one where its
-- answers are not listed.

with calls as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name, e.event_id, e.user_agent,
        coalesce(e.request_parameters ->> '$.secretId', e.event_id) as secret,
        case
            when e.event_time <= lag(e.event_time) over same + $minutes * interval '1 minute' then 0
            else 1
        end as starts
    from successful_calls('secretsmanager.amazonaws.com') as e
    where e.event_name in ('GetSecretValue', 'BatchGetSecretValue')
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

bursts as (
    select
        n.account_id, n.actor,
        min(n.event_time) as event_time, max(n.event_time) as last_event_time,
        of_first(n.region, n.starts) as region, of_first(n.source_ip, n.starts) as source_ip,
        of_first(n.event_name, n.starts) as event_name, of_first(n.event_id, n.starts) as event_id,
        of_first(n.user_agent, n.starts) as user_agent,
        count(*) as calls, count(distinct n.source_ip) as addresses, count(distinct n.secret) as secrets,
        string_agg(distinct n.secret, ', ' order by n.secret) as named
    from numbered as n
    group by n.account_id, n.actor, n.burst
)

select
    b.event_time, b.account_id, b.region, b.actor, b.source_ip, b.event_name,
    left(b.named, 300) as target,
    concat(
        b.secrets, ' secrets in ', b.calls, ' calls until ', strftime(b.last_event_time, '%Y-%m-%d %H:%M:%S'),
        ' from ', b.addresses, ' addresses'
    ) as detail,
    b.event_id, b.secrets, b.calls, b.last_event_time, b.user_agent
from bursts as b
where b.secrets >= $many
order by b.event_time desc, b.event_id
