-- title: Bulk download of S3 objects by one principal
-- kind: detection
-- severity: medium
-- tags: mitre:T1530, mitre:T1619, tactic:exfiltration, cloudtrail
-- param: objects integer = 1000    # Minimum number of objects in a clock hour
-- param: megabytes integer = 1000  # Minimum number of megabytes in a clock hour
-- param: excluded text = ''        # Text in the ARN of principals to exclude
--
-- Detects a principal that reads at least `$objects` objects or `$megabytes` MB from one bucket within a clock hour.
-- Reads of objects are data events, so they are known only where a trail logs them. Compare the volume with the usual
-- activity of the principal, check the address and the user agent, and look for a `ListObjects` call or a new access
-- key before it.
-- False positives: analytics, backups, copies between buckets and content delivery, which follow a schedule with the
-- same role. Add the role to `$excluded`, and raise the limits where large downloads are usual.

with calls as (
    select
        e.event_time,
        date_trunc('hour', e.event_time) as in_hour,
        e.account_id, e.region, e.actor, e.source_ip_address, e.event_name, e.target, e.event_id,
        try_cast(e.additional_event_data ->> '$.bytesTransferredOut' as double) as bytes
    from successful_calls('s3.amazonaws.com') as e
    where scan_filter(e.event_name in ('GetObject', 'CopyObject')) and e.invoked_by is null and e.actor is not null
),

bursts as (
    select
        c.account_id, c.actor, c.target, first_call(c) as first_call, max(c.event_time) as last_time,
        count(*) as objects,
        coalesce(sum(c.bytes), 0) / 1000000 as megabytes
    from calls as c
    group by c.account_id, c.actor, c.target, c.in_hour
)

select
    b.first_call.event_time, b.account_id, b.first_call.region, b.actor, b.first_call.source_ip_address,
    b.first_call.event_name, b.target,
    concat(
        b.objects, ' objects, ',
        coalesce(cast(try_cast(round(b.megabytes) as bigint) as varchar), 'an unknown number of'), ' MB, until ', b.last_time
    ) as detail,
    b.first_call.event_id
from bursts as b
where
    (b.objects >= $objects or b.megabytes >= $megabytes)
    and ($excluded = '' or not contains(b.actor, $excluded))
order by b.first_call.event_time desc, b.first_call.event_id
