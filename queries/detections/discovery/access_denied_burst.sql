-- title: One actor was refused many different actions within an hour
-- kind: detection
-- severity: medium
-- version: 1
-- tags: mitre:T1580, mitre:T1526, mitre:T1069.003, tactic:discovery, cloudtrail
-- param: actions integer = 8   # Different actions in an hour from which it counts
--
-- Somebody who does not know what a key may do tries things out, and the refusals show it. Found are actors with at
-- least `$actions` different actions refused in one hour. A workload fails at one or two actions again and again; a
-- person with a stolen key fails at many. See what the same actor was allowed to do in that hour.
-- False positives: a new role whose policy is being worked out, audit tools with a policy that lacks a few rights, and
-- the console, which asks for more than the user may see.

with calls as (
    select
        e.event_time,
        date_trunc('hour', e.event_time) as in_hour,
        e.account_id, e.region,
        coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
        e.source_ip_address as source_ip, e.event_source, e.event_name, e.event_id
    from aws_cloudtrail_event as e
    where
        (e.error_code like '%AccessDenied%' or e.error_code like '%Unauthorized%')
        and e.invoked_by is null
        and e.user_type is distinct from 'AWSService'
        and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
),

ordered as (
    select
        c.*,
        row_number() over (
            partition by c.account_id, c.actor, c.in_hour
            order by c.event_time, c.event_id
        ) as nth
    from calls as c
),

bursts as (
    select
        min(o.event_time) as event_time, o.account_id,
        of_first(o.region, o.nth) as region, o.actor, of_first(o.source_ip, o.nth) as source_ip,
        of_first(o.event_name, o.nth) as event_name,
        string_agg(
            distinct split_part(o.event_source, '.', 1), ', ' order by split_part(o.event_source, '.', 1)
        ) as target,
        count(distinct o.event_name) as different,
        concat(
            count(distinct o.event_name), ' different actions refused, ', count(*), ' times: ',
            left(string_agg(distinct o.event_name, ', ' order by o.event_name), 300), ', until ', max(o.event_time)
        ) as detail,
        of_first(o.event_id, o.nth) as event_id
    from ordered as o
    group by o.account_id, o.actor, o.in_hour
)

select b.event_time, b.account_id, b.region, b.actor, b.source_ip, b.event_name, b.target, b.detail, b.event_id
from bursts as b
where b.different >= $actions and b.actor is not null
order by b.event_time desc, b.event_id
