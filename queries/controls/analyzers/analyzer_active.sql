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
    a.arn as resource,
    unnest(case
        when a.status is null then unknown('the status of the analyzer was not read.')
        when a.status = 'ACTIVE' then ok('The analyzer is ACTIVE.')
        when a.status_reason is not null then alarm(concat('The analyzer is ', a.status, ': ', a.status_reason, '.'))
        else alarm(concat('The analyzer is ', a.status, '.'))
    end),
    a.account_id, a.region, a.type
from aws_accessanalyzer_analyzer as a
order by account_position(a.account_id), a.arn
