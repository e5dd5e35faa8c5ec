-- title: A bucket that holds logs was deleted or its protection changed
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1562.008, mitre:T1070, tactic:defence_evasion, cloudtrail
-- param: log_bucket text = 'cloudtrail|(audit|aws|security|trail)-?logs|log-?archive'   # Names
--
-- The trail may be sound and its bucket not: a policy that keeps CloudTrail out, a rule that deletes after a day, no
-- more versions or encryption. A bucket counts when a trail was made or changed to write to it, when this run read a
-- trail from it, or when its name looks like one (`$log_bucket`). See what is left in it, and whether deliveries still
-- arrive.
-- False positives: the upkeep of logging itself: a longer lifecycle, a policy for a new account of the organization,
-- the first hour of a new bucket (passed over, but for its deletion).

with log_buckets as (
    select e.request_parameters ->> '$.s3BucketName' as bucket
    from aws_cloudtrail_event as e
    where
        e.event_source = 'cloudtrail.amazonaws.com'
        and e.event_name in ('CreateTrail', 'UpdateTrail')
        and e.error_code is null
    union
    select split_part(c.look_up, '/', 3) as bucket
    from aws_cloudtrail_coverage as c
    where c.source = 'trail' and c.look_up like 's3://%'
),

made as (
    select
        e.account_id,
        e.request_parameters ->> '$.bucketName' as bucket,
        max(e.event_time) as made_at
    from aws_cloudtrail_event as e
    where e.event_source = 's3.amazonaws.com' and e.event_name = 'CreateBucket' and e.error_code is null
    group by e.account_id, e.request_parameters ->> '$.bucketName'
),

touched as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name,
        e.request_parameters ->> '$.bucketName' as bucket,
        case
            when e.event_name like 'PutBucketLifecycle%'
                then concat(
                    'expires after days: ',
                    array_to_string(
                        regexp_extract_all(
                            cast(e.request_parameters as varchar), '"(?:Noncurrent)?Days":"?([0-9]+)', 1
                        ),
                        ', '
                    )
                )
            when e.event_name = 'PutBucketVersioning' then e.request_parameters ->> '$.VersioningConfiguration.Status'
        end as setting,
        e.invoked_by, e.event_id
    from successful_calls('s3.amazonaws.com') as e
    where
        (
            e.event_name in (
                'DeleteBucket', 'PutBucketPolicy', 'DeleteBucketPolicy', 'PutBucketLifecycle',
                'PutBucketLifecycleConfiguration', 'DeleteBucketEncryption', 'PutBucketAcl', 'PutBucketReplication',
                'PutBucketObjectLockConfiguration', 'DeleteBucketPublicAccessBlock', 'PutBucketEncryption',
                'DeleteBucketReplication', 'DeleteObject', 'DeleteObjects'
            )
            or (
                e.event_name = 'PutBucketVersioning'
                and (e.request_parameters ->> '$.VersioningConfiguration.Status') = 'Suspended'
            )
        )
)

select
    t.event_time, t.account_id, t.region, t.actor, t.source_ip, t.event_name, t.bucket as target,
    concat(
        case when b.bucket is null then 'a log bucket by its name' else 'a trail writes to it' end,
        case when t.setting is not null then concat(', ', t.setting) end,
        ', through ' || t.invoked_by
    ) as detail,
    t.event_id
from touched as t
left join log_buckets as b on b.bucket = t.bucket
left join made as m on m.account_id = t.account_id and m.bucket = t.bucket
where
    (b.bucket is not null or regexp_matches(lower(t.bucket), $log_bucket))
    and (
        t.event_name = 'DeleteBucket'
        or m.made_at is null
        or t.event_time < m.made_at
        or t.event_time > m.made_at + interval 1 hour
    )
order by t.event_time desc, t.event_id
