-- title: A container repository lets everybody or a foreign account in
-- kind: detection
-- severity: medium
-- version: 1
-- tags: mitre:T1537, mitre:T1525, tactic:exfiltration, cloudtrail
-- param: trusted text[] = ''   # Foreign accounts that may, by id
--
-- Whoever may pull has the code and, often enough, secrets that were built into the image; whoever may push can put his
-- own code where yours is fetched from. Take the policy back, see which actions it gave, and compare the images with
-- what was built.
-- False positives: images that are shared with customers or partners (`$trusted`). A policy for everybody in your
-- organization is passed over.

with written as (
    select
        e.event_time,
        e.account_id,
        e.region,
        coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
        e.source_ip_address as source_ip,
        e.event_name,
        coalesce(e.request_parameters ->> '$.repositoryName', 'the registry') as target,
        try_cast(e.request_parameters ->> '$.policyText' as json) as document,
        e.invoked_by,
        e.event_id
    from aws_cloudtrail_event as e
    where
        e.event_source = 'ecr.amazonaws.com'
        and e.event_name in ('SetRepositoryPolicy', 'PutRegistryPolicy')
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
