-- title: S3 bucket of logs deleted, or its protection changed
-- kind: detection
-- severity: high
-- tags: mitre:T1562.008, mitre:T1070, tactic:defense_evasion, cloudtrail
-- param: log_bucket text = 'cloudtrail|(audit|aws|security|trail)-?logs|log-?archive'  # Regular expression for bucket names
--
-- Detects the deletion of an S3 bucket that holds logs, and changes of its policy, lifecycle rules, versioning,
-- encryption or objects. An attacker can leave the trail intact and stop its deliveries, or have the logs deleted
-- after a day. A bucket counts if a trail was created or updated to write to it, if this run read a trail from it, or
-- if its name matches `$log_bucket`. Check which logs remain, and whether CloudTrail still delivers.
-- False positives: maintenance of the logging itself, such as a longer lifecycle or a policy for a new account of the
-- organization. Changes in the first hour of a bucket are excluded, except its deletion.

with log_buckets as (
    select e.request_parameters ->> '$.s3BucketName' as bucket
    from aws_cloudtrail_event as e
    where
        e.event_source = 'cloudtrail.amazonaws.com'
        and scan_filter(e.event_name in ('CreateTrail', 'UpdateTrail'))
        and e.error_code is null
    union
    select split_part(c.look_up, '/', 3) as bucket
    from aws_cloudtrail_coverage as c
    where c.source = 'trail' and c.look_up like 's3://%'
),

creations as (
    select
        e.account_id,
        e.request_parameters ->> '$.bucketName' as bucket,
        max(e.event_time) as created_at
    from aws_cloudtrail_event as e
    where e.event_source = 's3.amazonaws.com' and e.event_name = 'CreateBucket' and e.error_code is null
    group by e.account_id, e.request_parameters ->> '$.bucketName'
),

changes as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
        c.request_parameters ->> '$.bucketName' as bucket,
        case
            when c.event_name like 'PutBucketLifecycle%'
                then concat(
                    'objects expire after days: ',
                    array_to_string(
                        regexp_extract_all(
                            cast(c.request_parameters as varchar), '"(?:Noncurrent)?Days":"?([0-9]+)', 1
                        ),
                        ', '
                    )
                )
            when c.event_name = 'PutBucketVersioning' then c.request_parameters ->> '$.VersioningConfiguration.Status'
        end as setting,
        c.invoked_by, c.event_id
    from successful_calls('s3.amazonaws.com') as c
    where
        scan_filter(c.event_name in (
            'DeleteBucket', 'PutBucketPolicy', 'DeleteBucketPolicy', 'PutBucketLifecycle',
            'PutBucketLifecycleConfiguration', 'DeleteBucketEncryption', 'PutBucketAcl', 'PutBucketReplication',
            'PutBucketObjectLockConfiguration', 'DeleteBucketPublicAccessBlock', 'PutBucketEncryption',
            'DeleteBucketReplication', 'DeleteObject', 'DeleteObjects', 'PutBucketVersioning'
        ))
        and (
            c.event_name <> 'PutBucketVersioning'
            or (c.request_parameters ->> '$.VersioningConfiguration.Status') = 'Suspended'
        )
)

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, c.bucket as target,
    concat(
        case when b.bucket is null then 'log bucket by name' else 'log bucket of a trail' end,
        case when c.setting is not null then concat(', ', c.setting) end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from changes as c
left join log_buckets as b on b.bucket = c.bucket
left join creations as n on n.account_id = c.account_id and n.bucket = c.bucket
where
    (b.bucket is not null or regexp_matches(lower(c.bucket), $log_bucket))
    and (
        c.event_name = 'DeleteBucket'
        or n.created_at is null
        or c.event_time < n.created_at
        or c.event_time > n.created_at + interval 1 hour
    )
order by c.event_time desc, c.event_id
