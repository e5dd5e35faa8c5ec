-- title: A bucket or object was opened to everybody by its ACL
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1530, mitre:T1537, tactic:exfiltration, cloudtrail
--
-- An ACL with `AllUsers` or `AuthenticatedUsers`, or one of the canned public ones, opens a bucket to the whole world
-- or to everybody with an AWS account. Set it to private, block public access for the account, and look in data events
-- or access logs for what was read. ACLs of objects show only where data events are recorded.
-- False positives: old websites and downloads that are public on purpose.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name,
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
    e.event_name in ('PutBucketAcl', 'PutObjectAcl', 'CreateBucket')
    and regexp_matches(
        cast(e.request_parameters as varchar),
        'groups/global/(AllUsers|AuthenticatedUsers)|"(public-read|public-read-write|authenticated-read)"'
    )
order by e.event_time desc, e.event_id
