-- title: Ensure an external access analyzer of IAM Access Analyzer is enabled in every Region
-- kind: control
-- severity: high
-- version: 1
-- tags: access-analyzer, cis_v3.0:1.20, cis_v7.0:2.18, security_hub:IAM.28
--
-- It finds what people outside may use: buckets, roles, keys, queues, secrets, functions. It sees the resources of its
-- own region, so that each region in use needs one, of the account or of the organization. One row for each account
-- and region that was read, and one for the regions that the account has enabled and this run did not look at.

with looked as (
    select
        c.account_id, c.region,
        max(case when c.status = 'ok' then 1 else 0 end) as was_read
    from iamsql.coverage as c
    where c.service = 'accessanalyzer' and c.operation = 'ListAnalyzers'
    group by c.account_id, c.region
),

owners as (
    select coalesce(r.management_account_id, '') as account_id
    from iamsql.run as r
    union
    select d.id as account_id
    from aws_organizations_delegated_administrator as d
),

hidden as (
    select k.region, max(k.account_id) as account_id
    from looked as k
    inner join owners as o on o.account_id = k.account_id
    where k.was_read = 0
    group by k.region
),

own as (
    select
        z.account_id, z.region,
        max(z.name) as name
    from aws_accessanalyzer_analyzer as z
    where z.type = 'ACCOUNT' and z.status = 'ACTIVE'
    group by z.account_id, z.region
),

shared as (
    select z.region, max(z.name) as name
    from aws_accessanalyzer_analyzer as z
    where z.type = 'ORGANIZATION' and z.status = 'ACTIVE'
    group by z.region
),

unread as (
    select e.account_id, count(*) as regions, min(e.name) as example
    from aws_region as e
    left join looked as k on k.account_id = e.account_id and k.region = e.name
    where k.account_id is null
    group by e.account_id
),

judged as (
    select
        k.account_id, k.region,
        case
            when n.name is not null or s.name is not null then 'ok'
            when h.region is not null then 'error'
            else 'alarm'
        end as status,
        case
            when n.name is not null then concat('The analyzer ', n.name, ' of the account is on.')
            when s.name is not null then concat('The analyzer ', s.name, ' of the organization is on.')
            when h.region is not null then concat('Unknown: analyzers of ', h.account_id, ' could not be read.')
            else 'No analyzer of external access is on in the region.'
        end as reason
    from looked as k
    left join own as n on n.account_id = k.account_id and n.region = k.region
    left join shared as s on s.region = k.region
    left join hidden as h on h.region = k.region
    where k.was_read = 1
    union all
    select
        u.account_id, 'global' as region, 'error' as status,
        concat(
            'Unknown: ', u.regions, ' enabled regions were not looked at, such as ', u.example,
            ' (iamsql sync --region all).'
        ) as reason
    from unread as u
)

select a.arn as resource, j.status, j.reason, a.account_id, j.region
from judged as j
inner join read_accounts() as a on a.account_id = j.account_id
order by a.position, a.account_id, j.region
