-- title: Ensure IAM Access Analyzer analyzers have tags
-- kind: control
-- severity: low
-- tags: access-analyzer, tags, security_hub:IAM.23
-- param: keys text = ''                 # Tag keys that each analyzer must have, separated by commas
-- remediation: aws accessanalyzer tag-resource --region {region} --resource-arn {resource} --tags KEY=VALUE
--
-- Tags identify the owner of an analyzer, and policies can use them in conditions. Tag each analyzer. Without `keys`,
-- any tag without the prefix `aws:` is enough. Analyzers that an AWS service manages are not evaluated.

select
    a.arn as resource,
    unnest(tag_result(own_tag_keys(a.tags), missing_tag_keys(a.tags, $keys), 'analyzer')),
    a.account_id, a.region
from aws_accessanalyzer_analyzer as a
where a.managed_by is null
order by account_position(a.account_id), a.arn
