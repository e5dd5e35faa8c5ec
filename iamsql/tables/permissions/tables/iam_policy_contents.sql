-- Returns the documents of managed policies. A document from an event was made the default version at the time `since`. A document
-- that the run read has NULL in `since`. A policy without a document has no row, because its permissions are not known.
-- returns: account_id VARCHAR, policy_arn VARCHAR, since TIMESTAMP, document VARCHAR
create or replace macro iam_policy_contents() as table
with version_events as (
    select
        e.account_id, e.event_time, e.event_name,
        coalesce(
            e.request_parameters ->> '$.policyArn', e.response_elements ->> '$.policy.arn',
            concat(
                'arn:', coalesce(r."partition", 'aws'), ':iam::', e.account_id, ':policy',
                coalesce(e.request_parameters ->> '$.path', '/'), e.request_parameters ->> '$.policyName'
            )
        ) as policy_arn,
        coalesce(
            e.response_elements ->> '$.policyVersion.versionId', e.request_parameters ->> '$.versionId', 'v1'
        ) as version_id,
        e.event_name <> 'CreatePolicyVersion' or (e.request_parameters ->> '$.setAsDefault') = 'true' as is_default,
        e.request_parameters ->> '$.policyDocument' as document
    from aws_cloudtrail_event as e
    cross join iamsql.run as r
    where
        e.event_source = 'iam.amazonaws.com'
        and scan_filter(e.event_name in ('CreatePolicy', 'CreatePolicyVersion', 'SetDefaultPolicyVersion'))
        and e.error_code is null
),

versions as (
    select v.account_id, v.policy_arn, v.version_id, max(v.document) as document
    from version_events as v
    where v.document is not null
    group by v.account_id, v.policy_arn, v.version_id
)

select w.account_id, w.policy_arn, w.event_time as since, coalesce(w.document, v.document) as document
from version_events as w
left join versions as v on v.account_id = w.account_id and v.policy_arn = w.policy_arn and v.version_id = w.version_id
where w.is_default and coalesce(w.document, v.document) is not null
union all
select p.account_id, p.arn, null as since, cast(p.policy as varchar)
from aws_iam_policy as p
where p.policy is not null;
