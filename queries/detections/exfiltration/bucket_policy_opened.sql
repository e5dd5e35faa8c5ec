-- title: A bucket policy lets everybody or a foreign account in
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1537, mitre:T1530, tactic:exfiltration, cloudtrail
-- param: trusted text[] = ''   # Foreign accounts that may, by id
--
-- A policy that names `*` or another account hands the bucket's objects to whoever asks, without a copy being made
-- here. Take the policy back (the event holds it whole), see with the bucket's access logs or data events what was
-- read, and ask who the account is. `*` bound by a condition on account, organization, VPC or address is passed over,
-- unless the condition names a foreign account or organization, or leaves every address in.
-- False positives: websites and public downloads, partners (`$trusted`), the accounts of AWS itself that write load
-- balancer logs, and CloudFront's access identities written as a canonical user, which does not tell its account.

with written as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name,
        e.request_parameters ->> '$.bucketName' as target,
        json_extract(e.request_parameters, '$.bucketPolicy') as document,
        e.invoked_by, e.event_id
    from successful_calls('s3.amazonaws.com') as e
    where e.event_name = 'PutBucketPolicy'
)

select
    w.event_time, w.account_id, w.region, w.actor, w.source_ip, w.event_name, w.target,
    concat(
        'lets in: ',
        case when o.principals = '*' then 'everybody' else o.principals end,
        ', through ' || w.invoked_by
    ) as detail,
    w.event_id
from written as w
inner join opened_policies(
    (select list({'account_id': d.account_id, 'event_id': d.event_id, 'document': d.document}) from written as d), $trusted
) as o on o.account_id = w.account_id and o.event_id = w.event_id
order by w.event_time desc, w.event_id
