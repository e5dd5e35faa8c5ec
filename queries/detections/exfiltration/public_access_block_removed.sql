-- title: The block on public access was taken off a bucket, an account, or its snapshots or images
-- kind: detection
-- severity: medium
-- version: 1
-- tags: mitre:T1530, mitre:T1562.001, tactic:exfiltration, cloudtrail
--
-- The block keeps a bucket private whatever its policy and ACLs say, so it is what has to go before data can be made
-- public. A setting that a request leaves out is off. EC2 has such blocks for the snapshots and images of a region. For a
-- whole account it should never go. Put it back, then look for policies and ACLs that were changed after
-- it.
-- False positives: a website's bucket in the making, mostly by infrastructure code; a bucket about to be deleted with
-- its stack.

select
    e.event_time, e.account_id, e.region,
    coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
    e.source_ip_address as source_ip, e.event_name,
    coalesce(e.request_parameters ->> '$.bucketName', e.account_id) as target,
    concat(
        case
            when e.event_name like '%Account%' then 'whole account: '
            when e.event_name like 'DisableSnapshot%' then 'snapshots of the region: '
            when e.event_name like 'DisableImage%' then 'images of the region: '
        end,
        coalesce(
            nullif(
                array_to_string(
                    [
                        setting_ for setting_ in [
                            'BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'
                        ]
                        if json_type(e.request_parameters, '$.PublicAccessBlockConfiguration') = 'OBJECT'
                        and coalesce(
                            e.request_parameters ->> concat('$.PublicAccessBlockConfiguration.', setting_), 'false'
                        ) <> 'true'
                    ],
                    ', '
                ) || ' off',
                ' off'
            ),
            'block off'
        ),
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from aws_cloudtrail_event as e
where
    (
        (
            e.event_source = 's3.amazonaws.com'
            and (
                e.event_name in ('DeleteBucketPublicAccessBlock', 'DeleteAccountPublicAccessBlock')
                or (
                    e.event_name in ('PutBucketPublicAccessBlock', 'PutAccountPublicAccessBlock')
                    and json_type(e.request_parameters, '$.PublicAccessBlockConfiguration') = 'OBJECT'
                    and not coalesce(
                        (e.request_parameters ->> '$.PublicAccessBlockConfiguration.BlockPublicAcls') = 'true'
                        and (e.request_parameters ->> '$.PublicAccessBlockConfiguration.IgnorePublicAcls') = 'true'
                        and (e.request_parameters ->> '$.PublicAccessBlockConfiguration.BlockPublicPolicy') = 'true'
                        and (e.request_parameters ->> '$.PublicAccessBlockConfiguration.RestrictPublicBuckets') = 'true',
                        false
                    )
                )
            )
        )
        or (
            e.event_source = 'ec2.amazonaws.com'
            and e.event_name in ('DisableSnapshotBlockPublicAccess', 'DisableImageBlockPublicAccess')
        )
    )
    and e.error_code is null
    and e.user_type is distinct from 'AWSService'
    and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
order by e.event_time desc, e.event_id
