-- title: A trail was deleted
-- kind: detection
-- severity: critical
-- version: 1
-- tags: mitre:T1562.008, tactic:defence_evasion, cloudtrail
--
-- Without the trail nothing more is delivered to its bucket; what was delivered before stays, unless the bucket is
-- touched too. Make the trail anew, protect the bucket, and read the event history of 90 days for what the trail did
-- not record. Attempts that failed are shown too. Deleted event data stores of CloudTrail Lake count likewise.
-- False positives: a trail given up for an organization's trail, or infrastructure code that replaces a trail: then a
-- `CreateTrail` by the same actor follows within minutes.

select
    e.event_time as event_time,
    e.account_id as account_id,
    e.region as region,
    coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
    e.source_ip_address as source_ip,
    e.event_name as event_name,
    coalesce(e.request_parameters ->> '$.name', e.request_parameters ->> '$.eventDataStore', e.target) as target,
    concat(
        case when e.error_code is not null then concat('refused: ', e.error_code, ', ') end,
        case when e.event_name = 'DeleteTrail' then 'trail' else 'event data store' end,
        case when e.invoked_by is not null then concat(', through ', e.invoked_by) end
    ) as detail,
    e.event_id as event_id
from aws_cloudtrail_event as e
where
    e.event_source = 'cloudtrail.amazonaws.com'
    and e.event_name in ('DeleteTrail', 'DeleteEventDataStore')
    and coalesce(e.error_code, '') not like '%NotFound%'
    and e.user_type is distinct from 'AWSService'
    and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
order by e.event_time desc, e.event_id
