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

with written as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
        coalesce(e.request_parameters ->> '$.policyArn', e.request_parameters ->> '$.policyName') as target,
        coalesce(
            e.response_elements ->> '$.policyVersion.versionId', e.request_parameters ->> '$.versionId'
        ) as version_id,
        e.request_parameters ->> '$.policyDocument' as document,
        e.event_name <> 'CreatePolicyVersion' or (e.request_parameters ->> '$.setAsDefault') = 'true' as is_in_force,
        e.invoked_by, e.event_id
    from successful_calls('iam.amazonaws.com') as e
    where scan_filter(e.event_name in ('CreatePolicy', 'CreatePolicyVersion', 'SetDefaultPolicyVersion'))
),

versions as (
    select
        v.account_id, v.target, v.version_id,
        max(v.document) as document
    from written as v
    where v.event_name = 'CreatePolicyVersion'
    group by v.account_id, v.target, v.version_id
),

evaluated as (
    select
        w.*,
        iam_sorted_set(list_concat(
            iam_document_admin_statements(coalesce(w.document, d.document)),
            iam_document_assume_statements(coalesce(w.document, d.document))
        )) as power
    from written as w
    left join versions as d on d.account_id = w.account_id and d.target = w.target and d.version_id = w.version_id
    where coalesce(w.is_in_force, false)
)

select
    w.event_time, w.account_id, w.region, w.actor, w.source_ip_address, w.event_name, w.target,
    concat(
        'allows ', array_to_string(w.power, '; '), ', version ' || w.version_id, ', through ' || w.invoked_by
    ) as detail,
    w.event_id
from evaluated as w
where len(w.power) > 0
order by w.event_time desc, w.event_id
