-- title: Ensure customer managed policies do not allow infrastructure modification on all resources
-- kind: control
-- severity: low
-- version: 1
-- tags: policies, risk, infrastructure
--
-- Deleting data and backups, leading traffic elsewhere or stopping the log on every resource can end a business in an
-- afternoon. Programs that deploy need some of it: name what they deploy. Only what is allowed on every resource
-- counts, less what the same policy denies on every resource without a condition. The actions are a choice, not all
-- there are: see the query risky_actions, and policy_risks for each policy's list. A policy that is a boundary and
-- nothing else makes a `skip` row.

select r.* exclude (position)
from broad_policy_results(
    'infrastructure_changes', 'changes infrastructure on every resource', 'changes no infrastructure beyond named resources'
) as r
order by r.position, r.resource
