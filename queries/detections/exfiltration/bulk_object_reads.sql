-- title: One actor fetched very much from a bucket within an hour
-- kind: detection
-- severity: medium
-- version: 1
-- tags: mitre:T1530, mitre:T1619, tactic:exfiltration, cloudtrail
-- param: objects integer = 1000   # Objects in an hour from which it counts
-- param: megabytes integer = 1000   # Or megabytes
-- param: known text = ''   # Actors with this in their name do not count
--
-- Found are actors who fetched at least `$objects` objects or `$megabytes` MB from one bucket in one hour. Reads of
-- objects are data events, so they show only where a trail records them. Compare with what the actor usually does, look
-- at the address and the program, and at a `ListObjects` or a new key just before.
-- False positives: analytics, backups, copies between buckets and delivery networks, which do so on a schedule with the
-- same role; name it in `$known`, and raise the limits where big data is the daily work.

with calls as (
    select
        e.event_time,
        date_trunc('hour', e.event_time) as in_hour,
        e.account_id, e.region, e.actor, e.source_ip, e.event_name, e.target,
        try_cast(e.additional_event_data ->> '$.bytesTransferredOut' as double) as bytes,
        e.event_id
    from successful_calls('s3.amazonaws.com') as e
    where e.event_name in ('GetObject', 'CopyObject') and e.invoked_by is null
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
        o.target, count(*) as objects,
        coalesce(sum(o.bytes), 0) / 1000000 as megabytes,
        max(o.event_time) as last_time, of_first(o.event_id, o.nth) as event_id
    from ordered as o
    group by o.account_id, o.actor, o.target, o.in_hour
)

select
    b.event_time, b.account_id, b.region, b.actor, b.source_ip, b.event_name, b.target,
    concat(b.objects, ' objects, ', cast(round(b.megabytes) as bigint), ' MB', ', until ', b.last_time) as detail,
    b.event_id
from bursts as b
where
    (b.objects >= $objects or b.megabytes >= $megabytes)
    and b.actor is not null
    and ($known = '' or not contains(b.actor, $known))
order by b.event_time desc, b.event_id
