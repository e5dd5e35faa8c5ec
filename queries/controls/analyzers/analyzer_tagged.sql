-- title: Ensure IAM Access Analyzer analyzers have tags
-- kind: control
-- severity: low
-- version: 1
-- tags: access-analyzer, tags, security_hub:IAM.23
-- param: keys text = ''                 # Keys that each analyzer must have, separated by commas
--
-- A tag with an owner tells whom to ask before an analyzer is changed, and lets a policy decide by it. With keys, each
-- of those must be there; without, any tag but AWS's own (aws:…) will do. Analyzers that a service made are left out.

with mine as (
    select
        z.account_id, z.region, z.arn,
        own_tag_keys(z.tags) as names, missing_tag_keys(z.tags, $keys) as missing
    from aws_accessanalyzer_analyzer as z
    where z.managed_by is null
)

select
    n.arn as resource,
    unnest(tag_result(n.names, n.missing, 'analyzer')),
    n.account_id, n.region
from mine as n
left join iamsql.accounts as a on a.account_id = n.account_id
order by a.position, n.arn
