-- title: VPC flow logs deleted
-- kind: detection
-- severity: medium
-- tags: mitre:T1562.008, tactic:defense_evasion, cloudtrail
--
-- Detects the deletion of VPC flow logs. Flow logs are the record of network connections in the account; after their
-- deletion, the traffic of the network leaves no record. Create them again, and preserve the logs that were delivered.
-- False positives: a VPC that is deleted with all of its resources, and flow logs that infrastructure as code replaces
-- to change their fields.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name,
    nullif(
        array_to_string(regexp_extract_all(cast(e.request_parameters as varchar), 'fl-[0-9a-f]+'), ', '), ''
    ) as target,
    concat('flow logs deleted', ', through ' || e.invoked_by) as detail,
    e.event_id
from successful_calls('ec2.amazonaws.com') as e
where
    e.event_name = 'DeleteFlowLogs'
    and not regexp_matches(coalesce(cast(e.response_elements as varchar), ''), '"unsuccessful":[^}]*"error"')
order by e.event_time desc, e.event_id
