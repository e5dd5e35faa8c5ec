-- title: VPC flow logs were deleted
-- kind: detection
-- severity: medium
-- version: 1
-- tags: mitre:T1562.008, tactic:defence_evasion, cloudtrail
--
-- Flow logs tell which addresses spoke with which instances, and nothing else in the account does. After their deletion
-- the traffic of that network leaves no trace. Make them anew, and keep what was delivered before.
-- False positives: a VPC that is deleted with everything in it, or a flow log made anew with other fields by the same
-- infrastructure code.

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
