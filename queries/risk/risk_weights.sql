-- title: Points of each fact in a risk score
-- kind: report
-- severity: info
-- tags: risk, reference
-- columns: factor, level, points, about
-- param: weights text = {}  # Points that replace the defaults, such as {"mfa.none": 4, "age.key_year": 0}
-- remediation: iamsql query risk_score
-- remediation: iamsql query top_risks
--
-- Returns the points that `risk_score`, `top_risks` and `audit_report` use, which are the same in every run. They
-- order a list and measure nothing; set your own priorities with `weights`, which replaces points by factor and level
-- and has the same form in all four queries. A score is the sum of the points, at most 10. Of privilege, trust and the
-- facts about the keys of a user, only the level with the most points counts; of the other factors, each level that
-- applies.

select p.factor, p.level, p.points, p.reason, p.about
from iam_risk_points($weights) as p
order by p.factor, p.points desc, p.level
