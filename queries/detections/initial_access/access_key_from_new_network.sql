-- title: Access key used from a new network
-- kind: detection
-- severity: medium
-- tags: mitre:T1078.004, tactic:initial_access, cloudtrail
-- param: days integer = 14         # Minimum history of a key, in days
-- param: max_networks integer = 3  # Maximum number of earlier networks of an evaluated key
--
-- Detects access keys of IAM users that are used from a network for the first time. A network is the first three
-- numbers of an IPv4 address. Programs call from the same few networks for months, so a key that calls from another
-- network may have leaked. Only keys with `$days` days of history and at most `$max_networks` earlier networks are
-- evaluated. Check the user agent and the calls; if the program was not moved, deactivate the key.
-- False positives: programs that move to other servers or providers, and keys on laptops, which soon exceed
-- `$max_networks` networks. Event look-ups return few read events, so the detection is most accurate with several weeks
-- of a trail.

with addresses as (
    select
        e.account_id, e.access_key_id, e.source_ip_address,
        network_of(e.source_ip_address) as network,
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
        a.account_id, a.access_key_id, a.network,
        min(a.first_time) as first_time, sum(a.calls) as calls
    from addresses as a
    group by a.account_id, a.access_key_id, a.network
),

network_order as (
    select
        n.*,
        min(n.first_time) over (partition by n.account_id, n.access_key_id) as known_since,
        row_number() over (
            partition by n.account_id, n.access_key_id
            order by n.first_time, n.network
        ) - 1 as networks_before
    from networks as n
),

new_networks as (
    select o.*, a.source_ip_address
    from network_order as o
    inner join addresses as a
        on
            a.account_id = o.account_id
            and a.access_key_id = o.access_key_id
            and a.network = o.network
            and a.first_time = o.first_time
    where o.networks_before between 1 and $max_networks and o.known_since <= o.first_time - $days * interval '1 day'
)

select
    e.event_time, e.account_id, e.region,
    coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
    e.source_ip_address, e.event_name, e.username as target,
    concat(
        'first use of key ', e.access_key_id, ' from network ', n.network, ', ',
        pluralize(n.calls, 'call', 'calls'), ' from it in all; used from ',
        pluralize(n.networks_before, 'other network', 'other networks'), ' since ', strftime(n.known_since, '%Y-%m-%d')
    ) as detail,
    e.event_id, e.access_key_id, n.network, n.networks_before, n.calls, e.user_agent
from aws_cloudtrail_event as e
inner join new_networks as n
    on
        n.account_id = e.account_id
        and n.access_key_id = e.access_key_id
        and n.source_ip_address = e.source_ip_address
        and n.first_time = e.event_time
where e.access_key_id like 'AKIA%' and e.user_type = 'IAMUser'
qualify row_number() over (partition by e.account_id, e.access_key_id, n.network order by e.event_id) = 1
order by e.event_time desc, e.event_id
