-- title: Managed policy created or changed to allow everything, or every role to be assumed
-- kind: detection
-- severity: high
-- tags: mitre:T1098.003, tactic:privilege_escalation, cloudtrail
--
-- Detects managed policies that are created or changed to allow everything. A new default version changes the
-- permissions of every principal that has the policy, without a change of these principals. A principal that may call
-- `CreatePolicyVersion` for its own policy can become an administrator with one call. Every spelling of a wildcard and
-- the permission to assume every role count, as in inline_policy_wildcard. A version that is created first and becomes
-- the default later (`SetDefaultPolicyVersion`) is a finding then, if the run has the event that created it. Compare
-- the version with the former one, restore the default version, and list the principals that have the policy.
-- False positives: a platform team that maintains an administrator policy as code. The same pipeline changes the same
-- policy, whose name says what it is.

with policy_changes as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
        coalesce(c.request_parameters ->> '$.policyArn', c.request_parameters ->> '$.policyName') as target,
        coalesce(
            c.response_elements ->> '$.policyVersion.versionId', c.request_parameters ->> '$.versionId'
        ) as version_id,
        c.request_parameters ->> '$.policyDocument' as document,
        c.event_name <> 'CreatePolicyVersion' or (c.request_parameters ->> '$.setAsDefault') = 'true' as is_in_force,
        c.invoked_by, c.event_id
    from successful_calls('iam.amazonaws.com') as c
    where scan_filter(c.event_name in ('CreatePolicy', 'CreatePolicyVersion', 'SetDefaultPolicyVersion'))
),

versions as (
    select
        c.account_id, c.target, c.version_id,
        max(c.document) as document
    from policy_changes as c
    where c.event_name = 'CreatePolicyVersion'
    group by c.account_id, c.target, c.version_id
),

policy_powers as (
    select
        c.*,
        iam_sorted_set(list_concat(
            iam_document_admin_statements(coalesce(c.document, v.document)),
            iam_document_assume_statements(coalesce(c.document, v.document))
        )) as power
    from policy_changes as c
    left join versions as v on v.account_id = c.account_id and v.target = c.target and v.version_id = c.version_id
    where coalesce(c.is_in_force, false)
)

select
    p.event_time, p.account_id, p.region, p.actor, p.source_ip_address, p.event_name, p.target,
    concat(
        'allows ', array_to_string(p.power, '; '), ', version ' || p.version_id, ', through ' || p.invoked_by
    ) as detail,
    p.event_id
from policy_powers as p
where len(p.power) > 0
order by p.event_time desc, p.event_id
