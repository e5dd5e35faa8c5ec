-- title: Ensure IAM Access Analyzer analyzers are active
-- kind: control
-- severity: medium
-- version: 1
-- tags: access-analyzer
--
-- An analyzer that failed or was disabled finds nothing, and looks like one that has nothing to find. Its reason says
-- what to do: make its service-linked role, or delete it and make it anew.

select
    z.arn as resource,
    unnest(case
        when z.status is null then unknown('the analyzer''s status was not read.')
        when z.status = 'ACTIVE' then ok('The analyzer is on.')
        when z.status_reason is not null then alarm(concat('The analyzer is ', z.status, ': ', z.status_reason, '.'))
        else alarm(concat('The analyzer is ', z.status, '.'))
    end),
    z.account_id, z.region, z.type
from aws_accessanalyzer_analyzer as z
left join iamsql.accounts as a on a.account_id = z.account_id
order by a.position, z.arn
