-- title: CloudTrail trail or event data store changed to record or protect less
-- kind: detection
-- severity: high
-- tags: mitre:T1562.008, tactic:defense_evasion, cloudtrail
--
-- Detects updates that reduce what a trail records or how it is protected: other Regions, global services (IAM), log
-- file validation, encryption, CloudWatch Logs or the organization are disabled, or the logs go to another S3 bucket.
-- Equivalent changes of event data stores of CloudTrail Lake are included, as are termination protection, a shorter
-- retention period, Insights and the delegated administrator of CloudTrail. If no event shows the earlier retention
-- period, one of at most 90 days is reported. `detail` lists what was disabled. Undo the change and find out why it was
-- made; a new bucket needs the closest review, above all if it belongs to another account.
-- False positives: a migration of logs to a central bucket, or of trails to an organization trail. The team of the
-- landing zone does this once.

with buckets as (
    select
        e.account_id, e.event_time,
        split_part(e.request_parameters ->> '$.name', '/', -1) as trail_name,
        e.request_parameters ->> '$.s3BucketName' as bucket
    from aws_cloudtrail_event as e
    where
        e.event_source = 'cloudtrail.amazonaws.com'
        and scan_filter(e.event_name in ('CreateTrail', 'UpdateTrail'))
        and e.error_code is null
),

retentions as (
    select
        e.account_id, e.event_time,
        coalesce(e.request_parameters ->> '$.eventDataStore', e.response_elements ->> '$.eventDataStoreArn') as store,
        try_cast(
            coalesce(
                e.request_parameters ->> '$.retentionPeriod', e.response_elements ->> '$.retentionPeriod'
            ) as integer
        ) as days
    from aws_cloudtrail_event as e
    where
        e.event_source = 'cloudtrail.amazonaws.com'
        and scan_filter(e.event_name in ('CreateEventDataStore', 'UpdateEventDataStore'))
        and e.error_code is null
),

changes as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
        coalesce(
            c.request_parameters ->> '$.eventDataStore', c.request_parameters ->> '$.trailName',
            c.request_parameters ->> '$.delegatedAdminAccountId',
            split_part(c.request_parameters ->> '$.name', '/', -1)
        ) as target,
        case when c.event_name = 'UpdateTrail' then c.request_parameters ->> '$.s3BucketName' end as bucket,
        try_cast(c.request_parameters ->> '$.retentionPeriod' as integer) as retention,
        concat_ws(
            ', ',
            case when (c.request_parameters ->> '$.isMultiRegionTrail') = 'false' then 'other Regions disabled' end,
            case
                when (c.request_parameters ->> '$.includeGlobalServiceEvents') = 'false' then 'global services disabled'
            end,
            case when (c.request_parameters ->> '$.enableLogFileValidation') = 'false' then 'log file validation disabled' end,
            case when (c.request_parameters ->> '$.isOrganizationTrail') = 'false' then 'organization disabled' end,
            case when (c.request_parameters ->> '$.kmsKeyId') = '' then 'KMS key removed' end,
            case when (c.request_parameters ->> '$.cloudWatchLogsLogGroupArn') = '' then 'CloudWatch Logs disabled' end,
            case when (c.request_parameters ->> '$.multiRegionEnabled') = 'false' then 'other Regions disabled' end,
            case when (c.request_parameters ->> '$.organizationEnabled') = 'false' then 'organization disabled' end,
            case
                when (c.request_parameters ->> '$.terminationProtectionEnabled') = 'false'
                    then 'termination protection disabled'
            end,
            case
                when c.event_name = 'PutInsightSelectors'
                    and json_array_length(c.request_parameters, '$.insightSelectors') = 0
                    then 'Insights disabled'
            end,
            case
                when c.event_name = 'DeregisterOrganizationDelegatedAdmin' then 'delegated administrator deregistered'
            end
        ) as disabled,
        c.invoked_by, c.event_id
    from successful_calls('cloudtrail.amazonaws.com') as c
    where
        scan_filter(c.event_name in (
            'UpdateTrail', 'UpdateEventDataStore', 'PutInsightSelectors', 'DeregisterOrganizationDelegatedAdmin'
        ))
),

trail_comparisons as (
    select
        c.*,
        (
            select max(b.bucket)
            from buckets as b
            where
                b.account_id = c.account_id
                and b.trail_name = c.target
                and b.bucket = c.bucket
                and b.event_time < c.event_time
        ) as same_bucket,
        (
            select max(r.days)
            from retentions as r
            where r.account_id = c.account_id and r.store = c.target and r.event_time < c.event_time
        ) as earlier_retention
    from changes as c
),

change_descriptions as (
    select
        c.*,
        concat_ws(
            ', ', nullif(c.disabled, ''),
            case when c.bucket is not null and c.same_bucket is null then concat('logs go to ', c.bucket) end,
            case
                when c.retention < coalesce(c.earlier_retention, 91) then concat('retention period ', c.retention, ' days')
            end
        ) as changes
    from trail_comparisons as c
)

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, c.target,
    concat(c.changes, ', through ' || c.invoked_by) as detail,
    c.event_id
from change_descriptions as c
where c.changes <> ''
order by c.event_time desc, c.event_id
