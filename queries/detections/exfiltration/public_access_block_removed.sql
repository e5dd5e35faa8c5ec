-- title: Block Public Access disabled for S3, EBS snapshots or AMIs
-- kind: detection
-- severity: medium
-- tags: mitre:T1530, mitre:T1562.001, tactic:exfiltration, cloudtrail
--
-- Detects that Block Public Access was disabled or reduced for an S3 bucket, an account, or the EBS snapshots or AMIs
-- of a Region. The setting overrides policies and ACLs, so an attacker disables it before data can be made public. A
-- setting that a request omits is disabled. It should never be disabled for an account. Enable it again, then look for
-- policies and ACLs that were changed afterwards.
-- False positives: the bucket of a new website, mostly by infrastructure as code, and a bucket that is about to be
-- deleted with its stack.

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    coalesce(c.request_parameters ->> '$.bucketName', c.account_id) as target,
    concat(
        case
            when c.event_name like '%Account%' then 'account: '
            when c.event_name like 'DisableSnapshot%' then 'snapshots of the Region: '
            when c.event_name like 'DisableImage%' then 'AMIs of the Region: '
        end,
        coalesce(
            nullif(
                array_to_string(
                    [
                        setting_ for setting_ in [
                            'BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'
                        ]
                        if json_type(c.request_parameters, '$.PublicAccessBlockConfiguration') = 'OBJECT'
                        and coalesce(
                            c.request_parameters ->> concat('$.PublicAccessBlockConfiguration.', setting_), 'false'
                        ) <> 'true'
                    ],
                    ', '
                ) || ' disabled',
                ' disabled'
            ),
            'disabled'
        ),
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from recorded_calls() as c
where
    scan_filter(c.event_name in (
        'DeleteBucketPublicAccessBlock', 'DeleteAccountPublicAccessBlock', 'PutBucketPublicAccessBlock',
        'PutAccountPublicAccessBlock', 'DisableSnapshotBlockPublicAccess', 'DisableImageBlockPublicAccess'
    ))
    and (
        (
            c.event_source = 's3.amazonaws.com'
            and (
                c.event_name like 'Delete%'
                or (
                    c.event_name like 'Put%'
                    and json_type(c.request_parameters, '$.PublicAccessBlockConfiguration') = 'OBJECT'
                    and not coalesce(
                        (c.request_parameters ->> '$.PublicAccessBlockConfiguration.BlockPublicAcls') = 'true'
                        and (c.request_parameters ->> '$.PublicAccessBlockConfiguration.IgnorePublicAcls') = 'true'
                        and (c.request_parameters ->> '$.PublicAccessBlockConfiguration.BlockPublicPolicy') = 'true'
                        and (c.request_parameters ->> '$.PublicAccessBlockConfiguration.RestrictPublicBuckets') = 'true',
                        false
                    )
                )
            )
        )
        or (c.event_source = 'ec2.amazonaws.com' and c.event_name like 'Disable%')
    )
    and c.error_code is null
order by c.event_time desc, c.event_id
