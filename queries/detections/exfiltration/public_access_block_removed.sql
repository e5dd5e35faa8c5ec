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
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    coalesce(e.request_parameters ->> '$.bucketName', e.account_id) as target,
    concat(
        case
            when e.event_name like '%Account%' then 'account: '
            when e.event_name like 'DisableSnapshot%' then 'snapshots of the Region: '
            when e.event_name like 'DisableImage%' then 'AMIs of the Region: '
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
                ) || ' disabled',
                ' disabled'
            ),
            'disabled'
        ),
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from recorded_calls() as e
where
    scan_filter(e.event_name in (
        'DeleteBucketPublicAccessBlock', 'DeleteAccountPublicAccessBlock', 'PutBucketPublicAccessBlock',
        'PutAccountPublicAccessBlock', 'DisableSnapshotBlockPublicAccess', 'DisableImageBlockPublicAccess'
    ))
    and (
        (
            e.event_source = 's3.amazonaws.com'
            and (
                e.event_name like 'Delete%'
                or (
                    e.event_name like 'Put%'
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
        or (e.event_source = 'ec2.amazonaws.com' and e.event_name like 'Disable%')
    )
    and e.error_code is null
order by e.event_time desc, e.event_id
