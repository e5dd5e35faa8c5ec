-- title: Default version of a managed policy set to an older version
-- kind: detection
-- severity: medium
-- tags: mitre:T1098.003, tactic:privilege_escalation, cloudtrail
--
-- Detects SetDefaultPolicyVersion calls that set an older version of a managed policy as the default. A policy keeps
-- up to five versions, and an old one can allow what was removed since; the event contains no policy document. A
-- version is older if the run has no event of its creation, or has a newer version before the call. Read the version
-- in IAM and ask for the reason.
-- False positives: a faulty change that is undone. The call follows soon after the `CreatePolicyVersion` that it
-- undoes, by the same people.

with versions as (
    select
        e.account_id, e.event_time,
        e.request_parameters ->> '$.policyArn' as policy_arn,
        try_cast(substr(e.response_elements ->> '$.policyVersion.versionId', 2) as integer) as version
    from aws_cloudtrail_event as e
    where
        e.event_source = 'iam.amazonaws.com'
        and e.event_name = 'CreatePolicyVersion'
        and e.error_code is null
),

defaults as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
        c.request_parameters ->> '$.policyArn' as policy_arn,
        try_cast(substr(c.request_parameters ->> '$.versionId', 2) as integer) as version,
        c.invoked_by, c.event_id
    from successful_calls('iam.amazonaws.com') as c
    where c.event_name = 'SetDefaultPolicyVersion'
),

version_comparisons as (
    select
        d.event_time, d.account_id, d.region, d.actor, d.source_ip_address, d.event_name, d.policy_arn, d.version,
        d.invoked_by, d.event_id,
        max(v.version) as newest,
        coalesce(max(case when v.version = d.version then 1 end), 0) as is_created_here
    from defaults as d
    left join
        versions as v
        on v.account_id = d.account_id and v.policy_arn = d.policy_arn and v.event_time <= d.event_time
    group by
        d.event_time, d.account_id, d.region, d.actor, d.source_ip_address, d.event_name, d.policy_arn, d.version,
        d.invoked_by, d.event_id
)

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, c.policy_arn as target,
    concat(
        'set to v', c.version,
        case when c.newest is null then ', created before the events of the run' else concat(', newest version in the run v', c.newest) end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from version_comparisons as c
where
    c.version is not null
    and (c.is_created_here = 0 or c.newest > c.version)
order by c.event_time desc, c.event_id
