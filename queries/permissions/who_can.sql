-- title: Which users and roles may do something?
-- kind: report
-- severity: info
-- version: 1
-- tags: permissions, policies, organizations
-- param: action text                         # An action, such as iam:CreateAccessKey
-- param: resource text = '*'                 # The ARN of a resource; * for all, and for actions that take none
--
-- A row for each user and role whose verdict is not `blocked`, those that may in every context first. The columns are
-- those of `can`, which describes the verdicts and what is evaluated. A principal one of whose policies was not read has a row
-- with `unknown`. Principals of other accounts than the resource's are `conditional`, as its resource policy decides as well.

select j.principal, j.action, j.resource, j.verdict, j.why, j.not_considered, j.account_id
from iam_principal_evaluation([{'action': $action, 'resource': $resource}], null, false, false, false) as j
where j.verdict <> 'blocked'
order by case j.verdict when 'certain' then 1 when 'conditional' then 2 else 3 end, j.account_id, j.principal
