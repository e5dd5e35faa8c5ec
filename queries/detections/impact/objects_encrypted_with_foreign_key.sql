-- title: S3 objects encrypted with a key that the account does not have
-- kind: detection
-- severity: high
-- tags: mitre:T1486, tactic:impact, cloudtrail
-- param: objects integer = 1  # Minimum number of writes in a clock hour
-- param: trusted text[] = ''  # Expected external account IDs
-- param: excluded text = ''   # Text in the ARN of principals to exclude
--
-- Detects objects that are written with a key of the caller (SSE-C), or with a KMS key of an account outside the
-- organization, and buckets whose default key is such a key. Ransomware overwrites the objects of a bucket in this way:
-- without the key, nobody can read them, AWS included. Returns one row for each principal, bucket and clock hour.
-- Revoke the credentials, suspend lifecycle rules of the bucket, and restore earlier versions of the objects. Writes of
-- objects are data events, so they are known only where a trail logs them.
-- False positives: applications that manage their own keys with SSE-C (add them to `$excluded`), and partners that
-- require their key (`$trusted`). If the run did not read the organization, keys of your other accounts are findings
-- too.

with writes as (
    select
        e.event_time,
        date_trunc('hour', e.event_time) as in_hour,
        e.account_id, e.region, e.actor, e.source_ip_address, e.event_name, e.event_id,
        coalesce(e.request_parameters ->> '$.bucketName', e.target) as bucket,
        (e.additional_event_data ->> '$.SSEApplied') = 'SSE_C'
        or (e.request_parameters ->> '$.x-amz-server-side-encryption-customer-algorithm') is not null
        or (e.response_elements ->> '$.x-amz-server-side-encryption-customer-algorithm') is not null as is_customer_key,
        coalesce(
            e.request_parameters ->> '$.x-amz-server-side-encryption-aws-kms-key-id',
            e.response_elements ->> '$.x-amz-server-side-encryption-aws-kms-key-id',
            nullif(
                regexp_extract(
                    case when e.event_name = 'PutBucketEncryption' then cast(e.request_parameters as varchar) end,
                    '"KMSMasterKeyID":"(arn:[^"]+)"', 1
                ),
                ''
            )
        ) as key_arn
    from successful_calls('s3.amazonaws.com') as e
    where
        scan_filter(e.event_name in (
            'PutObject', 'CopyObject', 'CreateMultipartUpload', 'UploadPartCopy', 'PutBucketEncryption'
        ))
        and ($excluded = '' or not contains(coalesce(e.actor_arn, e.username, ''), $excluded))
),

foreign_keys as (
    select w.*, iam_account_of('AWS', w.key_arn) as key_account
    from writes as w
    left join iamsql.accounts as a on a.account_id = iam_account_of('AWS', w.key_arn)
    where
        coalesce(w.is_customer_key, false)
        or (
            a.account_id is null
            and iam_account_of('AWS', w.key_arn) <> w.account_id
            and not list_contains($trusted, iam_account_of('AWS', w.key_arn))
        )
),

hours as (
    select
        f.account_id, f.actor, f.bucket, first_call(f) as first_call, max(f.event_time) as last_time,
        count(*) as objects,
        count(*) filter (where f.is_customer_key) as customer_keys,
        string_agg(distinct f.key_arn, ', ' order by f.key_arn) as key_arns
    from foreign_keys as f
    group by f.account_id, f.actor, f.bucket, f.in_hour
)

select
    h.first_call.event_time, h.account_id, h.first_call.region, h.actor, h.first_call.source_ip_address,
    h.first_call.event_name, h.bucket as target,
    concat(
        h.objects, ' writes until ', time_text(h.last_time),
        case when h.customer_keys > 0 then concat(', ', h.customer_keys, ' with a key of the caller (SSE-C)') end,
        ', with key ' || left(h.key_arns, 300)
    ) as detail,
    h.first_call.event_id
from hours as h
where h.objects >= $objects
order by h.first_call.event_time desc, h.first_call.event_id
