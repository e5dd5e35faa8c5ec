-- title: The blocks of a disk snapshot were read directly
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1530, mitre:T1578.001, tactic:exfiltration, cloudtrail
-- param: known text = ''   # Actors with this in their name do not count
--
-- The EBS direct APIs read a snapshot block by block over the network: a whole disk leaves without any share, volume or
-- instance. One row for each actor, snapshot and hour. These are data events, so they show only where a trail records
-- them. Stop the actor's key or session first, then hold the disk's secrets for stolen.
-- False positives: backup products, which read that way each night with a role of their own; name it in `$known`. AWS
-- Backup itself is passed over.

with calls as (
    select
        e.event_time,
        date_trunc('hour', e.event_time) as in_hour,
        e.account_id, e.region, e.actor, e.source_ip, e.event_name, e.target, e.event_id
    from successful_calls('ebs.amazonaws.com') as e
    where
        e.event_name in ('ListSnapshotBlocks', 'ListChangedBlocks', 'GetSnapshotBlock')
        and e.invoked_by is null
),

ordered as (
    select
        c.*,
        row_number() over (
            partition by c.account_id, c.actor, c.target, c.in_hour
            order by c.event_time, c.event_id
        ) as nth
    from calls as c
),

bursts as (
    select
        min(o.event_time) as event_time, o.account_id,
        of_first(o.region, o.nth) as region, o.actor, of_first(o.source_ip, o.nth) as source_ip,
        of_first(o.event_name, o.nth) as event_name,
        o.target, count(*) as calls,
        sum(case when o.event_name = 'GetSnapshotBlock' then 1 else 0 end) as blocks,
        max(o.event_time) as last_time, of_first(o.event_id, o.nth) as event_id
    from ordered as o
    group by o.account_id, o.actor, o.target, o.in_hour
)

select
    b.event_time, b.account_id, b.region, b.actor, b.source_ip, b.event_name, b.target,
    concat(b.calls, ' calls, blocks read: ', b.blocks, ', until ', b.last_time) as detail,
    b.event_id
from bursts as b
where
    b.actor is not null
    and ($known = '' or not contains(b.actor, $known))
order by b.event_time desc, b.event_id
