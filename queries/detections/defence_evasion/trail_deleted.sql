-- title: A trail, event data store or channel of CloudTrail was deleted
-- kind: detection
-- severity: critical
-- version: 1
-- tags: mitre:T1562.008, tactic:defence_evasion, cloudtrail
--
-- Without the trail nothing more is delivered to its bucket; what was delivered before stays, unless the bucket is
-- touched too. Make the trail anew, protect the bucket, and read the event history of 90 days for what the trail did
-- not record. Attempts that failed are shown too. Event data stores of CloudTrail Lake count likewise (one that was
-- deleted can be restored for seven days), and so do the channels that bring events into them.
-- False positives: a trail given up for an organization's trail, or infrastructure code that replaces a trail: then a
-- `CreateTrail` by the same actor follows within minutes.

select
    e.event_time, e.account_id, e.region,
    coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
    e.source_ip_address as source_ip, e.event_name,
    coalesce(
        e.request_parameters ->> '$.name', e.request_parameters ->> '$.eventDataStore',
        e.request_parameters ->> '$.channel', e.target
    ) as target,
    concat(
        case when e.error_code is not null then concat('refused: ', e.error_code, ', ') end,
        case e.event_name
            when 'DeleteTrail' then 'trail'
            when 'DeleteChannel' then 'channel'
            else 'event data store'
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from aws_cloudtrail_event as e
where
    e.event_source = 'cloudtrail.amazonaws.com'
    and e.event_name in ('DeleteTrail', 'DeleteEventDataStore', 'DeleteChannel')
    and coalesce(e.error_code, '') not like '%NotFound%'
    and e.user_type is distinct from 'AWSService'
    and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
order by e.event_time desc, e.event_id
