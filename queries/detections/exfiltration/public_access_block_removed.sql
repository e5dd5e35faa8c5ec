-- title: The block on public access was taken off a bucket or an account
-- kind: detection
-- severity: medium
-- version: 1
-- tags: mitre:T1530, mitre:T1562.001, tactic:exfiltration, cloudtrail
--
-- The block keeps a bucket private whatever its policy and ACLs say, so it is what has to go before data can be made
-- public. For a whole account it should never go. Put it back, then look for policies and ACLs that were changed after
-- it.
-- False positives: a website's bucket in the making, mostly by infrastructure code; a bucket about to be deleted with
-- its stack.

select
    e.event_time as event_time,
    e.account_id as account_id,
    e.region as region,
    coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
    e.source_ip_address as source_ip,
    e.event_name as event_name,
    coalesce(e.request_parameters ->> '$.bucketName', e.account_id) as target,
    concat(
        case when e.event_name like '%Account%' then 'whole account: ' end,
        coalesce(
            nullif(
                array_to_string(
                    regexp_extract_all(
                        cast(e.request_parameters as varchar),
                        '"(BlockPublicAcls|IgnorePublicAcls|BlockPublicPolicy|RestrictPublicBuckets)":"?false',
                        1
                    ),
                    ', '
                ) || ' off',
                ' off'
            ),
            'block deleted'
        ),
        case when e.invoked_by is not null then concat(', through ', e.invoked_by) end
    ) as detail,
    e.event_id as event_id
from aws_cloudtrail_event as e
where
    e.event_source = 's3.amazonaws.com'
    and (
        e.event_name in ('DeleteBucketPublicAccessBlock', 'DeleteAccountPublicAccessBlock')
        or (
            e.event_name in ('PutBucketPublicAccessBlock', 'PutAccountPublicAccessBlock')
            and regexp_matches(
                cast(e.request_parameters as varchar),
                '"(BlockPublicAcls|IgnorePublicAcls|BlockPublicPolicy|RestrictPublicBuckets)":"?false'
            )
        )
    )
    and e.error_code is null
    and e.user_type is distinct from 'AWSService'
    and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
order by e.event_time desc, e.event_id
