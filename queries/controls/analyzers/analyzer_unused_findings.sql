-- title: Ensure IAM Access Analyzer has no active unused access findings
-- kind: control
-- severity: low
-- version: 1
-- tags: access-analyzer, unused
--
-- Each finding of an unused access analyzer: a role, key, password or permission that was not used for as long as the
-- analyzer was told. Take it away, or archive the finding if it is kept for an emergency.

select
    f.resource,
    unnest(case
        when f.error is not null then unknown(concat('the analyzer could not look at it (', f.error, ').'))
        when f.status = 'ACTIVE' then alarm(concat('The analyzer finds ', f.finding_type, '.'))
        when f.status = 'ARCHIVED' then ok('The finding was archived: somebody means it to be so.')
        else ok('The finding is resolved.')
    end),
    coalesce(f.resource_owner_account, f.account_id) as account_id,
    f.region, f.resource_type, f.finding_type, f.id as finding_id, f.access_analyzer_arn as analyzer_arn
from aws_accessanalyzer_finding as f
left join iamsql.accounts as a on a.account_id = coalesce(f.resource_owner_account, f.account_id)
where f.finding_type like 'Unused%'
order by a.position, f.resource, f.access_analyzer_arn, f.id
