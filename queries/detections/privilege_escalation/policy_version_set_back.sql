-- title: The default of a managed policy was set back to an older version
-- kind: detection
-- severity: medium
-- version: 1
-- tags: mitre:T1098.003, tactic:privilege_escalation, cloudtrail
--
-- A policy keeps up to five versions, and an old one may allow what was taken away since. One call with
-- `SetDefaultPolicyVersion` brings it back, and no policy document shows in the event. A version counts as older when
-- the run did not see it made or saw a newer one before. Read the version in IAM and ask why.
-- False positives: taking back a faulty change. It follows close upon the `CreatePolicyVersion` that it undoes, by the
-- same people.

with versions as (
    select
        e.account_id, e.event_time,
        e.request_parameters ->> '$.policyArn' as policy_arn,
        try_cast(substr(e.response_elements ->> '$.policyVersion.versionId', 2) as integer) as number
    from aws_cloudtrail_event as e
    where
        e.event_source = 'iam.amazonaws.com'
        and e.event_name = 'CreatePolicyVersion'
        and e.error_code is null
),

defaults as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name,
        e.request_parameters ->> '$.policyArn' as policy_arn,
        try_cast(substr(e.request_parameters ->> '$.versionId', 2) as integer) as number,
        e.invoked_by, e.event_id
    from successful_calls('iam.amazonaws.com') as e
    where e.event_name = 'SetDefaultPolicyVersion'
),

compared as (
    select
        d.event_time, d.account_id, d.region, d.actor, d.source_ip, d.event_name, d.policy_arn, d.number,
        d.invoked_by, d.event_id,
        max(v.number) as newest,
        coalesce(max(case when v.number = d.number then 1 end), 0) as made_here
    from defaults as d
    left join
        versions as v
        on v.account_id = d.account_id and v.policy_arn = d.policy_arn and v.event_time <= d.event_time
    group by
        d.event_time, d.account_id, d.region, d.actor, d.source_ip, d.event_name, d.policy_arn, d.number,
        d.invoked_by, d.event_id
)

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip, c.event_name, c.policy_arn as target,
    concat(
        'set to v', c.number,
        case when c.newest is null then ', made before what the run knows' else concat(', newest seen v', c.newest) end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from compared as c
where
    c.number is not null
    and (c.made_here = 0 or c.newest > c.number)
order by c.event_time desc, c.event_id
