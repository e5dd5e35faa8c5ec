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
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    concat_ws('/', c.request_parameters ->> '$.bucketName', c.request_parameters ->> '$.key') as target,
    concat(
        array_to_string(
            regexp_extract_all(
                cast(c.request_parameters as varchar),
                'AllUsers|AuthenticatedUsers|public-read-write|public-read|authenticated-read'
            ),
            ', '
        ),
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from successful_calls('s3.amazonaws.com') as c
where
    scan_filter(c.event_name in ('PutBucketAcl', 'PutObjectAcl', 'CreateBucket'))
    and regexp_matches(
        cast(c.request_parameters as varchar),
        'groups/global/(AllUsers|AuthenticatedUsers)|"(public-read|public-read-write|authenticated-read)"'
    )
order by c.event_time desc, c.event_id
