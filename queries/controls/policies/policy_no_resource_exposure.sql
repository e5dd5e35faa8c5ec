-- title: Ensure customer managed policies do not allow resource exposure on all resources
-- kind: control
-- severity: medium
-- version: 1
-- tags: policies, risk, exposure
--
-- Whoever may write the policies of buckets, keys, functions or snapshots can open them to other accounts or to
-- everyone. Only what is allowed on every resource counts, less what the same policy denies on every resource without a
-- condition. The actions are a choice, not all there are: see the query risky_actions, and policy_risks for each
-- policy's list. A policy that is a boundary and nothing else makes a `skip` row.

select r.* exclude (position)
from broad_policy_results(
    'resource_exposure', 'opens every resource to others', 'opens no resources beyond named ones'
) as r
order by r.position, r.resource
