-- title: Ensure an external access analyzer of IAM Access Analyzer is enabled in every Region
-- kind: control
-- severity: high
-- tags: access-analyzer, cis_v3.0:1.20, cis_v7.0:2.18, security_hub:IAM.28
-- remediation: aws accessanalyzer list-analyzers --region {region}
-- remediation: # One analyzer covers all accounts with --type ORGANIZATION, in the account that administers IAM Access Analyzer.
-- remediation: aws accessanalyzer create-analyzer --region {region} --analyzer-name external-access --type ACCOUNT
--
-- An external access analyzer finds buckets, roles, keys, queues, secrets and functions that principals outside the
-- account or organization can use. An analyzer covers the resources of its own Region: create one for the account or
-- the organization in each Region that is in use. There is one row for each account and Region that was read, and one
-- row for the enabled Regions that the run did not read.

with regions as (
    select c.account_id, c.region, max(case when c.status = 'ok' then 1 else 0 end) as is_read
    from iamsql.coverage as c
    where c.service = 'accessanalyzer' and c.operation = 'ListAnalyzers'
    group by c.account_id, c.region
),

analyzers as (
    select a.account_id, a.region, a.type, max(a.name) as name
    from aws_accessanalyzer_analyzer as a
    where a.status = 'ACTIVE'
    group by a.account_id, a.region, a.type
),

organization_analyzers as (
    select a.region, max(a.name) as name
    from analyzers as a
    where a.type = 'ORGANIZATION'
    group by a.region
),

unread_regions as (
    select r.account_id, count(*) as regions, min(r.name) as example
    from aws_region as r
    left join regions as g on g.account_id = r.account_id and g.region = r.name
    where g.account_id is null
    group by r.account_id
),

results as (
    select
        r.account_id, r.region,
        case
            when a.name is not null or o.name is not null then 'ok' when u.region is not null then 'error' else 'alarm'
        end as status,
        case
            when a.name is not null then concat('The account analyzer ', a.name, ' is active.')
            when o.name is not null then concat('The organization analyzer ', o.name, ' is active.')
            when u.region is not null then concat('Unknown: the analyzers of ', u.account_id, ' could not be read.')
            else 'No external access analyzer is active in the Region.'
        end as reason
    from regions as r
    left join analyzers as a on a.account_id = r.account_id and a.region = r.region and a.type = 'ACCOUNT'
    left join organization_analyzers as o on o.region = r.region
    left join unread_analyzer_regions() as u on u.region = r.region
    where r.is_read = 1
    union all
    select
        u.account_id, 'global' as region, 'error' as status,
        concat(
            'Unknown: ', u.regions, ' enabled Regions were not read, for example ', u.example,
            ' (iamsql sync --region all).'
        ) as reason
    from unread_regions as u
)

select a.arn as resource, r.status, r.reason, a.account_id, r.region
from results as r
inner join read_accounts() as a on a.account_id = r.account_id
order by a.position, a.account_id, r.region
