-- title: Access keys used from a network that is new for them
-- kind: detection
-- severity: medium
-- version: 1
-- tags: mitre:T1078.004, tactic:initial_access, cloudtrail
-- param: days integer = 14  # History that a key must have
-- param: few integer = 3    # Keys with more networks than these are not judged
--
-- Programs call from the same few networks for months; a key that suddenly calls from elsewhere may have leaked. Only
-- keys whose habits the run has seen for some time are evaluated, by the network (the first three numbers of an
-- address). Look at the new tool (user_agent) and at what it asked; if nobody moved the program, make the key
-- inactive.
-- False positives: programs that move to other machines or providers, and keys on laptops; the latter come from
-- many networks and are soon not judged. Look-ups hold few reads, so this is sharpest with a trail that was read
-- for weeks.

with addresses as (
    select
        e.account_id, e.access_key_id, e.source_ip_address as source_ip,
        min(e.event_time) as first_time, count(*) as calls
    from aws_cloudtrail_event as e
    where
        e.access_key_id like 'AKIA%'
        and e.user_type = 'IAMUser'
        and e.invoked_by is null
        and e.vpc_endpoint_id is null
        and e.source_ip_address not like '%.amazonaws.com'
        and e.source_ip_address <> 'AWS Internal'
    group by e.account_id, e.access_key_id, e.source_ip_address
),

networks as (
    select
        a.*,
        case
            when a.source_ip like '%:%' then regexp_extract(a.source_ip, '^[^:]*:[^:]*:[^:]*')
            else regexp_replace(a.source_ip, '\.\d+$', '')
        end as network
    from addresses as a
),

firsts as (
    select
        n.account_id, n.access_key_id, n.network,
        min(n.first_time) as first_time, sum(n.calls) as calls
    from networks as n
    group by n.account_id, n.access_key_id, n.network
),

ranked as (
    select
        f.*,
        min(f.first_time) over (partition by f.account_id, f.access_key_id) as known_since,
        row_number() over (
            partition by f.account_id, f.access_key_id
            order by f.first_time, f.network
        ) - 1 as networks_before
    from firsts as f
),

strange as (
    select r.*, n.source_ip
    from ranked as r
    inner join networks as n
        on
            n.account_id = r.account_id
            and n.access_key_id = r.access_key_id
            and n.network = r.network
            and n.first_time = r.first_time
    where r.networks_before between 1 and $few and r.known_since <= r.first_time - $days * interval '1 day'
),

found as (
    select
        e.event_time, e.account_id, e.region,
        coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
        e.source_ip_address as source_ip, e.event_name, e.username as target, e.event_id, e.access_key_id, s.network,
        s.networks_before, s.known_since, s.calls, e.user_agent,
        row_number() over (
            partition by e.account_id, e.access_key_id, s.network
            order by e.event_id
        ) as nth
    from aws_cloudtrail_event as e
    inner join strange as s
        on
            s.account_id = e.account_id
            and s.access_key_id = e.access_key_id
            and s.source_ip = e.source_ip_address
            and s.first_time = e.event_time
)

select
    f.event_time, f.account_id, f.region, f.actor, f.source_ip, f.event_name, f.target,
    concat(
        'key ', f.access_key_id, ' for the first time from the network ', f.network, ', ', f.calls,
        ' calls in all; used from ', f.networks_before, ' others since ', strftime(f.known_since, '%Y-%m-%d')
    ) as detail,
    f.event_id, f.access_key_id, f.network, f.networks_before, f.calls, f.user_agent
from found as f
where f.nth = 1
order by f.event_time desc, f.event_id
