-- title: Ensure customer managed policies do not allow data exfiltration from all resources
-- kind: control
-- severity: medium
-- version: 1
-- tags: policies, risk, data
--
-- Reading objects, secrets, tables and snapshots on every resource reads all the data of the account. Only what is
-- allowed on every resource counts, less what the same policy denies on every resource without a condition. The actions
-- are a choice, not all there are: see the query risky_actions, and policy_risks for each policy's list. A policy that
-- is a boundary and nothing else makes a `skip` row.

select r.* exclude (position)
from broad_policy_results(
    'data_exfiltration', 'reads data on every resource', 'reads no data beyond named resources'
) as r
order by r.position, r.resource
