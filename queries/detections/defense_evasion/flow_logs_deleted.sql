-- title: VPC flow logs deleted
-- kind: detection
-- severity: medium
-- tags: mitre:T1562.008, tactic:defense_evasion, cloudtrail
--
-- Detects the deletion of VPC flow logs. Flow logs are the record of network connections in the account; after their
-- deletion, the traffic of the network leaves no record. Create them again, and preserve the logs that were delivered.
-- False positives: a VPC that is deleted with all of its resources, and flow logs that infrastructure as code replaces
-- to change their fields.

with deletions as (
    select
        c.*,
        regexp_extract_all(cast(c.request_parameters as varchar), 'fl-[0-9a-f]+') as requested,
        -- The response lists the flow logs that were not deleted.
        coalesce(regexp_extract_all(cast(c.response_elements as varchar), 'fl-[0-9a-f]+'), []) as remaining,
        coalesce(regexp_matches(cast(c.response_elements as varchar), '"unsuccessful":[^}]*"error"'), false) as is_refused
    from successful_calls('ec2.amazonaws.com') as c
    where c.event_name = 'DeleteFlowLogs'
)

select
    d.event_time, d.account_id, d.region, d.actor, d.source_ip_address, d.event_name,
    nullif(array_to_string([id for id in d.requested if not list_contains(d.remaining, id)], ', '), '') as target,
    concat('flow logs deleted', ', through ' || d.invoked_by) as detail,
    d.event_id
from deletions as d
where not d.is_refused or (len(d.remaining) > 0 and not list_has_all(d.remaining, d.requested))
order by d.event_time desc, d.event_id
