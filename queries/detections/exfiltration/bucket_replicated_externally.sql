-- title: S3 bucket replication to an external or unspecified account
-- kind: detection
-- severity: high
-- tags: mitre:T1537, tactic:exfiltration, cloudtrail
-- param: trusted text[] = ''    # Expected external account IDs
-- param: own_buckets text = ''  # Text in the names of your own buckets, for rules without an owner
--
-- Detects replication rules whose destination bucket belongs to an account outside the organization, or whose request
-- does not contain the owner. Replication copies each new object to the other bucket, at your cost and without more
-- requests. A request contains the owner only if the rule changes the ownership of replicas. Delete the rule, identify
-- the owner of the bucket, and determine what was copied.
-- False positives: replication to a bucket of your own in another Region, or to a backup account. Add a part of the
-- bucket name to `$own_buckets`, or let the rule specify the account.

with rules as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
        c.request_parameters ->> '$.bucketName' as target,
        regexp_extract_all(cast(c.request_parameters as varchar), '"Bucket":"(arn:[^"]+)"', 1) as buckets,
        regexp_extract_all(cast(c.request_parameters as varchar), '"Account":"?([0-9]{12})', 1) as accounts,
        c.invoked_by, c.event_id
    from successful_calls('s3.amazonaws.com') as c
    where c.event_name = 'PutBucketReplication'
),

owners as (
    select
        r.account_id, r.event_id,
        unnest(case when len(r.accounts) = 0 then ['not specified'] else r.accounts end) as owner
    from rules as r
),

external_owners as (
    select
        o.account_id, o.event_id,
        string_agg(distinct o.owner, ', ' order by o.owner) as owners
    from owners as o
    left join iamsql.accounts as a on a.account_id = o.owner
    where a.account_id is null and o.owner <> o.account_id and not list_contains($trusted, o.owner)
    group by o.account_id, o.event_id
)

select
    r.event_time, r.account_id, r.region, r.actor, r.source_ip_address, r.event_name, r.target,
    concat('to ', array_to_string(r.buckets, ', '), ', owner: ', o.owners, ', through ' || r.invoked_by) as detail,
    r.event_id
from rules as r
inner join external_owners as o on o.account_id = r.account_id and o.event_id = r.event_id
where
    o.owners <> 'not specified'
    or $own_buckets = ''
    or not contains(array_to_string(r.buckets, ', '), $own_buckets)
order by r.event_time desc, r.event_id
