-- title: Actions that matter, by what they risk
-- kind: report
-- severity: info
-- version: 1
-- tags: permissions, risk
--
-- The list that policy_risks and the controls of risk classes use: the plainest action of each way, dozens of the
-- thousands that there are. `risk` is data_exfiltration (reads data or takes it away), resource_exposure (opens things
-- to others), credentials_exposure (hands credentials out) or infrastructure_changes (deletes, redirects, stops the
-- log).

select k.risk, k.action, k.why
from iam_risky_actions() as k
order by k.risk, k.action
