-- title: Ensure IAM Access Analyzer analyzers are active
-- kind: control
-- severity: medium
-- tags: access-analyzer
-- remediation: aws accessanalyzer get-analyzer --region {region} --analyzer-name {resource:name}
-- remediation: aws iam create-service-linked-role --aws-service-name access-analyzer.amazonaws.com
-- remediation: # If the analyzer stays inactive, delete and re-create it. This deletes its findings and archive rules.
--
-- An analyzer that failed or was disabled generates no findings, which looks like an account without problems. Follow
-- the status reason: create the service-linked role, or delete and re-create the analyzer.

select
    z.arn as resource,
    unnest(case
        when z.status is null then unknown('the status of the analyzer was not read.')
        when z.status = 'ACTIVE' then ok('The analyzer is ACTIVE.')
        when z.status_reason is not null then alarm(concat('The analyzer is ', z.status, ': ', z.status_reason, '.'))
        else alarm(concat('The analyzer is ', z.status, '.'))
    end),
    z.account_id, z.region, z.type
from aws_accessanalyzer_analyzer as z
order by account_position(z.account_id), z.arn
