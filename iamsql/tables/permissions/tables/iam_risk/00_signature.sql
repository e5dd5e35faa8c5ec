-- Returns the risk of each user, access key, root user and role (`kind`) as a score of 0 to 10, one row each. The score is the sum
-- of its parts. A part is NULL if none of its facts is known. `changes` are other weights (iam_risk_points). A key is old after
-- `old_days` days. A credential counts as unused after `unused_days` days without use.
--
-- Administrators (iam_admins) have the level full, even under conditions. The other levels come from single statements: the widest
-- that an attached, inline or group policy allows. Denies of IAM or of everything, the permissions boundary, and the service
-- control policies of each level limit it. The evaluation ignores the text of conditions: an Allow with a condition counts for
-- less, and a Deny with a condition does not count. An evaluation of every level as in iam_evaluation would take many times as
-- long.
-- returns: kind VARCHAR, account_id VARCHAR, position BIGINT, name VARCHAR, key_position BIGINT, access_key_id VARCHAR, score DOUBLE, certainty VARCHAR, privilege DOUBLE, age DOUBLE, use DOUBLE, mfa DOUBLE, exposure DOUBLE, trust DOUBLE, root DOUBLE, reason VARCHAR, reason_codes VARCHAR, unknown VARCHAR
create or replace macro iam_risk(changes, old_days, unused_days) as table
with
