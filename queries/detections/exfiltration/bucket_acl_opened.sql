-- title: S3 bucket or object made public by its ACL
-- kind: detection
-- severity: high
-- tags: mitre:T1530, mitre:T1537, tactic:exfiltration, cloudtrail
--
-- Detects ACLs that grant access to everyone (`AllUsers`), to every AWS account (`AuthenticatedUsers`), or by a public
-- canned ACL. Set the ACL to private, block public access for the account, and look in data events or server access
-- logs for what was read. ACLs of objects are known only where data events are logged.
-- False positives: websites and downloads that are public on purpose.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    concat_ws('/', e.request_parameters ->> '$.bucketName', e.request_parameters ->> '$.key') as target,
    concat(
        array_to_string(
            regexp_extract_all(
                cast(e.request_parameters as varchar),
                'AllUsers|AuthenticatedUsers|public-read-write|public-read|authenticated-read'
            ),
            ', '
        ),
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from successful_calls('s3.amazonaws.com') as e
where
    scan_filter(e.event_name in ('PutBucketAcl', 'PutObjectAcl', 'CreateBucket'))
    and regexp_matches(
        cast(e.request_parameters as varchar),
        'groups/global/(AllUsers|AuthenticatedUsers)|"(public-read|public-read-write|authenticated-read)"'
    )
order by e.event_time desc, e.event_id
