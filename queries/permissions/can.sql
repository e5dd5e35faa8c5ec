-- title: May a user or role do something?
-- kind: report
-- severity: info
-- version: 1
-- tags: permissions, policies, organizations
-- param: principal text                      # The ARN of a user or role
-- param: action text                         # An action, such as iam:CreateAccessKey
-- param: resource text = '*'                 # The ARN of a resource of the principal's account; * for actions that take none
--
-- One row with a verdict: `certain` (allowed whatever the request's context), `conditional` (allowed in some contexts:
-- `why` names the keys of the conditions that decide) or `blocked` (in none: an explicit deny, the boundary, a level of
-- service control policies, or no allow). Policies are weighed as AWS documents it: the policies of the principal and of
-- its groups, in their default versions, its boundary, the service control policies of each level above its account
-- (the management account is outside them) and resource control policies. Conditions on the principal's own name, ARN,
-- account, organization, type and tags are settled by the data. The verdict is empty where the run has no such principal.
--
-- Not weighed: policies of resources, endpoints and sessions, and tags of sessions and resources. `not_considered` names
-- what else is missing in this file. `*` asks about all resources at once: a policy that allows some alone does not count.

select
    g.principal as principal,
    g.action as action,
    g.resource as resource,
    j.verdict as verdict,
    coalesce(j.why, 'This run has no such user or role.') as why,
    j.not_considered as not_considered
from (select $principal as principal, $action as action, $resource as resource) as g
left join iam_judged(
    [{'action': $action, 'resource': $resource}], $principal, true, false, false
) as j on j.principal = g.principal
