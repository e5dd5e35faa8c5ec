-- title: Administrator passwords of Windows instances asked for
-- kind: detection
-- severity: medium
-- version: 1
-- tags: mitre:T1552, mitre:T1555.006, tactic:credential_access, cloudtrail
-- param: many integer = 2      # Instances that are too many
-- param: minutes integer = 30  # Pause that ends a burst
--
-- GetPasswordData gives the first administrator password of an instance, encrypted with its key pair; asking for
-- many is a search for those whose key is at hand. Attempts that were refused are shown too. See who holds the key
-- pairs, and sign-ins on the machines.
-- False positives: administrators who start a Windows machine and fetch its password once: one instance, right
-- after RunInstances, and the console asks for it several times while the machine starts.

with calls as (
    select
        e.event_time, e.account_id, e.region,
        coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
        e.source_ip_address as source_ip, e.event_name, e.event_id, e.user_agent, e.error_code,
        coalesce(e.request_parameters ->> '$.instanceId', e.event_id) as instance,
        case
            when e.event_time <= lag(e.event_time) over same + $minutes * interval '1 minute' then 0
            else 1
        end as starts
    from aws_cloudtrail_event as e
    where
        e.event_source = 'ec2.amazonaws.com'
        and e.event_name = 'GetPasswordData'
        and coalesce(e.user_type, '') <> 'AWSService'
        and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
    window same as (
        partition by e.account_id, coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type)
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
        count(*) as calls, count(n.error_code) as refused, count(distinct n.instance) as instances,
        string_agg(distinct n.instance, ', ' order by n.instance) as named
    from numbered as n
    group by n.account_id, n.actor, n.burst
)

select
    b.event_time, b.account_id, b.region, b.actor, b.source_ip, b.event_name,
    left(b.named, 300) as target,
    concat(
        b.calls, ' calls for ', b.instances, ' instances until ', strftime(b.last_event_time, '%Y-%m-%d %H:%M:%S'),
        ', ', b.refused, ' of them refused'
    ) as detail,
    b.event_id, b.instances, b.calls, b.refused, b.last_event_time, b.user_agent
from bursts as b
where b.instances >= $many
order by b.event_time desc, b.event_id
