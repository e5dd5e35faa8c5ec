-- title: What each fact adds to a risk score
-- kind: report
-- severity: info
-- version: 1
-- tags: risk, reference
-- param: weights text = {}            # Other points, such as {"mfa.none": 4, "age.key_year": 0}
--
-- The points by which `risk_score`, `top_risks` and `audit_report` weigh, the same in every run. They sort a list and
-- measure nothing; what counts more where you are is for you to say: `weights` takes other points by factor and level,
-- with the same text in all four queries. Points add up to 10 at most. Of privilege, trust and what is told of the keys of
-- a user one level counts, the gravest; of the other factors each level that holds.

select w.factor, w.level, w.points, w.about
from iam_risk_points($weights) as w
order by w.factor, w.points desc, w.level
