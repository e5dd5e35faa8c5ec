-- title: A managed policy was made or changed to allow everything
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1098.003, tactic:privilege_escalation, cloudtrail
--
-- A new default version changes the rights of everybody who has the policy, without a word in the user or the role.
-- Whoever may call `CreatePolicyVersion` on a policy that he himself has is administrator in one step. Compare with the
-- version before, set the default back, and list who has the policy.
-- False positives: a platform team that keeps its own administrator policy as code. The same policy then changes from
-- the same pipeline, and its name says what it is.

with written as (
    select
        e.event_time,
        e.account_id,
        e.region,
        coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
        e.source_ip_address as source_ip,
        e.event_name,
        coalesce(e.request_parameters ->> '$.policyArn', e.request_parameters ->> '$.policyName') as target,
        e.response_elements ->> '$.policyVersion.versionId' as version_id,
        try_cast(e.request_parameters ->> '$.policyDocument' as json) as document,
        e.invoked_by,
        e.event_id
    from aws_cloudtrail_event as e
    where
        e.event_source = 'iam.amazonaws.com'
        and e.event_name in ('CreatePolicy', 'CreatePolicyVersion')
        and (e.event_name = 'CreatePolicy' or (e.request_parameters ->> '$.setAsDefault') = 'true')
        and e.error_code is null
        and e.user_type is distinct from 'AWSService'
        and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
),

statements as (
    select
        w.account_id,
        w.event_id,
        unnest(
            case
                when json_type(w.document, '$.Statement') = 'ARRAY' then json_extract(w.document, '$.Statement[*]')
                else [json_extract(w.document, '$.Statement')]
            end
        ) as statement
    from written as w
),

wide as (
    select
        s.account_id,
        s.event_id,
        string_agg(
            case
                when (s.statement -> '$.Action') is null then concat('all but ', s.statement ->> '$.NotAction')
                else s.statement ->> '$.Action'
            end,
            '; '
        ) as actions
    from statements as s
    where
        (s.statement ->> '$.Effect') = 'Allow'
        and contains(cast(s.statement -> '$.Resource' as varchar), '"*"')
        and (
            (s.statement -> '$.NotAction') is not null
            or regexp_matches(lower(cast(s.statement -> '$.Action' as varchar)), '"([*]|[*]:[*]|iam:[*])"')
        )
    group by s.account_id, s.event_id
)

select
    w.event_time as event_time,
    w.account_id as account_id,
    w.region as region,
    w.actor as actor,
    w.source_ip as source_ip,
    w.event_name as event_name,
    w.target as target,
    concat(
        'allows ',
        x.actions,
        ', version ' || w.version_id,
        case when w.invoked_by is not null then concat(', through ', w.invoked_by) end
    ) as detail,
    w.event_id as event_id
from written as w
inner join wide as x on x.account_id = w.account_id and x.event_id = w.event_id
order by w.event_time desc, w.event_id
