-- title: Risky actions by class of risk
-- kind: report
-- severity: info
-- tags: permissions, risk
-- columns: risk, action, reason
-- remediation: iamsql query who_can --arg action={action}
-- remediation: iamsql query policy_risks
--
-- Returns the actions that policy_risks and the controls of risk classes use: the most direct action for each risk, a
-- few dozen of several thousand. `risk` is data_exfiltration (reads or copies data), resource_exposure (shares
-- resources with others), credentials_exposure (returns credentials) or infrastructure_changes (deletes or redirects
-- resources, or stops logging). `who_can` lists the principals that may perform an action.

select a.risk, a.action, a.reason
from iam_risky_actions() as a
order by a.risk, a.action
