-- title: Ensure IAM Access Analyzer has no active unused access findings
-- kind: control
-- severity: low
-- tags: access-analyzer, unused
-- remediation: aws accessanalyzer get-finding-v2 --region {region} --analyzer-arn {analyzer_arn} --id {finding_id}
-- remediation: aws accessanalyzer generate-finding-recommendation --region {region} --analyzer-arn {analyzer_arn} --id {finding_id}
-- remediation: # If the access is for emergencies: aws accessanalyzer update-findings --region {region} --analyzer-arn {analyzer_arn} --ids {finding_id} --status ARCHIVED
--
-- An active finding is a role, access key, password or permission that was not used within the period that the analyzer
-- tracks. Remove it, or archive the finding if the access is for emergencies.

select
    f.resource,
    unnest(case
        when f.error is not null then unknown(concat('the analyzer could not analyze the resource (', f.error, ').'))
        when f.status = 'ACTIVE' then alarm(concat('The analyzer reports ', f.finding_type, '.'))
        when f.status = 'ARCHIVED' then ok('The finding is archived, which marks the access as intended.')
        else ok('The finding is resolved.')
    end),
    coalesce(f.resource_owner_account, f.account_id) as account_id,
    f.region, f.resource_type, f.finding_type, f.id as finding_id, f.access_analyzer_arn as analyzer_arn
from aws_accessanalyzer_finding as f
where f.finding_type like 'Unused%'
order by account_position(coalesce(f.resource_owner_account, f.account_id)), f.resource, f.access_analyzer_arn, f.id
