-- title: Ensure customer managed policies do not allow credentials exposure on all resources
-- kind: control
-- severity: medium
-- version: 1
-- tags: policies, risk, credentials
--
-- Some actions give credentials away: a key of a user, a role's session, a database password. On every resource they
-- are a way to whoever is strongest. Only what is allowed on every resource counts, less what the same policy denies on
-- every resource without a condition. The actions are a choice, not all there are: see the query risky_actions, and
-- policy_risks for each policy's list. A policy that is a boundary and nothing else makes a `skip` row.

select r.* exclude (position)
from broad_policy_results(
    'credentials_exposure', 'hands out credentials on every resource', 'hands out no credentials beyond named resources'
) as r
order by r.position, r.resource
