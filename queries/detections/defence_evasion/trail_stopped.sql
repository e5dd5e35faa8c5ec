-- title: A trail or event data store was told to stop logging
-- kind: detection
-- severity: critical
-- version: 1
-- tags: mitre:T1562.008, tactic:defence_evasion, cloudtrail
--
-- From here on the account is dark, as far as this trail goes, and that is what somebody wants who is about to do harm.
-- An event data store of CloudTrail Lake that takes no more events is the same. Start it again (`aws cloudtrail
-- start-logging`, `start-event-data-store-ingestion`), then go through what the actor did before and what else still
-- recorded it: other trails and the event history of 90 days. Attempts that failed are shown too (but for trails that
-- are not there), since nobody stops a trail by accident.
-- False positives: a trail that is about to be replaced by an organization's trail, or the tear-down of a test account.
-- There is a change for it, and another trail logs meanwhile.

select
    e.event_time, e.account_id, e.region,
    coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
    e.source_ip_address as source_ip, e.event_name,
    coalesce(e.request_parameters ->> '$.name', e.request_parameters ->> '$.eventDataStore', e.target) as target,
    concat(
        case when e.error_code is not null then concat('refused: ', e.error_code, ', ') end,
        case when e.event_name = 'StopLogging' then 'logging' else 'ingestion of the event data store' end,
        case when e.error_code is null then ' stopped' else ' to be stopped' end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from aws_cloudtrail_event as e
where
    e.event_source = 'cloudtrail.amazonaws.com'
    and e.event_name in ('StopLogging', 'StopEventDataStoreIngestion')
    and coalesce(e.error_code, '') not like '%NotFound%'
    and e.user_type is distinct from 'AWSService'
    and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
order by e.event_time desc, e.event_id
