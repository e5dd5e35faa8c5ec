-- title: CloudTrail trail, event data store or channel deleted
-- kind: detection
-- severity: critical
-- tags: mitre:T1562.008, tactic:defense_evasion, cloudtrail
--
-- Detects the deletion of a trail, of an event data store of CloudTrail Lake, or of a channel that brings events into
-- it. CloudTrail delivers no more log files. Existing log files in the S3 bucket remain unless the bucket is changed
-- too. Create the trail again, protect the bucket, and read the event history of the last 90 days for the time without
-- a trail. A deleted event data store can be restored for seven days. Failed attempts are included.
-- False positives: a trail that an organization trail replaces, or one that infrastructure as code replaces. A
-- `CreateTrail` event of the same principal follows within minutes.

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    coalesce(
        c.request_parameters ->> '$.name', c.request_parameters ->> '$.eventDataStore',
        c.request_parameters ->> '$.channel', c.target
    ) as target,
    concat(
        'failed: ' || c.error_code || ', ',
        case c.event_name
            when 'DeleteTrail' then 'trail'
            when 'DeleteChannel' then 'channel'
            else 'event data store'
        end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from recorded_calls() as c
where
    c.event_source = 'cloudtrail.amazonaws.com'
    and scan_filter(c.event_name in ('DeleteTrail', 'DeleteEventDataStore', 'DeleteChannel'))
    and coalesce(c.error_code, '') not like '%NotFound%'
order by c.event_time desc, c.event_id
