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
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    coalesce(
        e.request_parameters ->> '$.name', e.request_parameters ->> '$.eventDataStore',
        e.request_parameters ->> '$.channel', e.target
    ) as target,
    concat(
        'failed: ' || e.error_code || ', ',
        case e.event_name
            when 'DeleteTrail' then 'trail'
            when 'DeleteChannel' then 'channel'
            else 'event data store'
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from recorded_calls() as e
where
    e.event_source = 'cloudtrail.amazonaws.com'
    and scan_filter(e.event_name in ('DeleteTrail', 'DeleteEventDataStore', 'DeleteChannel'))
    and coalesce(e.error_code, '') not like '%NotFound%'
order by e.event_time desc, e.event_id
