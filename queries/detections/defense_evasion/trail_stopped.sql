-- title: CloudTrail logging stopped
-- kind: detection
-- severity: critical
-- tags: mitre:T1562.008, tactic:defense_evasion, cloudtrail
--
-- Detects that the logging of a trail, or the ingestion of an event data store of CloudTrail Lake, was stopped.
-- Attackers stop logging before the activity that they want to hide. Start it again (`aws cloudtrail start-logging`,
-- `start-event-data-store-ingestion`), then review what the principal did before, and use other trails and the event
-- history of the last 90 days for the period in between. Failed attempts are included, except for trails that do not
-- exist, because logging is not stopped by accident.
-- False positives: a trail that an organization trail is about to replace, and the decommissioning of a test account.
-- There is a change request, and another trail continues to log.

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    coalesce(c.request_parameters ->> '$.name', c.request_parameters ->> '$.eventDataStore', c.target) as target,
    concat(
        'failed: ' || c.error_code || ', ',
        case when c.event_name = 'StopLogging' then 'logging' else 'ingestion of the event data store' end,
        case when c.error_code is null then ' stopped' else ' not stopped' end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from recorded_calls() as c
where
    c.event_source = 'cloudtrail.amazonaws.com'
    and scan_filter(c.event_name in ('StopLogging', 'StopEventDataStoreIngestion'))
    and coalesce(c.error_code, '') not like '%NotFound%'
order by c.event_time desc, c.event_id
