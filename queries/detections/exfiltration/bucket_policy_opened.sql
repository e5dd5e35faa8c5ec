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
        e.event_time,
        e.account_id,
        e.region,
        coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
        e.source_ip_address as source_ip,
        e.event_name,
        e.request_parameters ->> '$.bucketName' as target,
        json_extract(e.request_parameters, '$.bucketPolicy') as document,
        e.invoked_by,
        e.event_id
    from aws_cloudtrail_event as e
    where
        e.event_source = 's3.amazonaws.com'
        and e.event_name = 'PutBucketPolicy'
        and e.error_code is null
        and e.user_type is distinct from 'AWSService'
        and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
),

own as (
    select
        list(a.account_id) as ids,
        max(r.organization_id) as organization_id
    from iamsql.run as r
    left join iamsql.accounts as a on true
),

principals as (
    select
        w.account_id,
        w.event_id,
        unnest(iam_written_outsiders(w.document, list_append(o.ids, w.account_id), o.organization_id)) as principal
    from written as w
    cross join own as o
),

outside as (
    select
        p.account_id,
        p.event_id,
        string_agg(distinct p.principal, ', ' order by p.principal) as principals
    from principals as p
    where not list_contains($trusted, p.principal)
    group by p.account_id, p.event_id
)

select
    w.event_time as event_time,
    w.account_id as account_id,
    w.region as region,
    w.actor as actor,
    w.source_ip as source_ip,
    w.event_name as event_name,
    w.target as target,
    concat(
        'lets in: ',
        case when o.principals = '*' then 'everybody' else o.principals end,
        case when w.invoked_by is not null then concat(', through ', w.invoked_by) end
    ) as detail,
    w.event_id as event_id
from written as w
inner join outside as o on o.account_id = w.account_id and o.event_id = w.event_id
order by w.event_time desc, w.event_id
