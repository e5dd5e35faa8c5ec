-- title: Ensure IAM Access Analyzer analyzers are active
-- kind: control
-- severity: medium
-- tags: access-analyzer
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
