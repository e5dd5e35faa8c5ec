-- title: A bucket is replicated to a foreign account, or to one that the request does not name
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1537, tactic:exfiltration, cloudtrail
-- param: trusted text[] = ''   # Foreign accounts that may, by id
-- param: own_buckets text = ''   # What the names of your own buckets hold, for rules that name no owner
--
-- Replication copies each new object to another bucket from now on, quietly and at your cost. The request names the
-- owner of the receiving bucket only when ownership changes with the copy, so a destination without an owner is shown
-- too. Take the rule away, find out whose the bucket is, and count what was copied.
-- False positives: replication to your own second region or backup account: say whose the bucket is by its name in
-- `$own_buckets`, or let the rule name the account.

with rules as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name,
        e.request_parameters ->> '$.bucketName' as target,
        regexp_extract_all(cast(e.request_parameters as varchar), '"Bucket":"(arn:[^"]+)"', 1) as buckets,
        regexp_extract_all(cast(e.request_parameters as varchar), '"Account":"?([0-9]{12})', 1) as accounts,
        e.invoked_by, e.event_id
    from successful_calls('s3.amazonaws.com') as e
    where e.event_name = 'PutBucketReplication'
),

owners as (
    select
        r.account_id, r.event_id,
        unnest(case when len(r.accounts) = 0 then ['not named'] else r.accounts end) as owner
    from rules as r
),

outside as (
    select
        o.account_id, o.event_id,
        string_agg(distinct o.owner, ', ' order by o.owner) as owners
    from owners as o
    left join iamsql.accounts as a on a.account_id = o.owner
    where a.account_id is null and o.owner <> o.account_id and not list_contains($trusted, o.owner)
    group by o.account_id, o.event_id
)

select
    r.event_time, r.account_id, r.region, r.actor, r.source_ip, r.event_name, r.target,
    concat('to ', array_to_string(r.buckets, ', '), ', owner: ', o.owners, ', through ' || r.invoked_by) as detail,
    r.event_id
from rules as r
inner join outside as o on o.account_id = r.account_id and o.event_id = r.event_id
where
    o.owners <> 'not named'
    or $own_buckets = ''
    or not contains(array_to_string(r.buckets, ', '), $own_buckets)
order by r.event_time desc, r.event_id
