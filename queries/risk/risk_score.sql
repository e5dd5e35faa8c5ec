-- title: Risk of each user, access key and root user, of 10
-- kind: report
-- severity: high
-- version: 1
-- tags: risk, access-keys, mfa, passwords, root
-- param: weights text = {}            # Other points for a fact, such as {"mfa.none": 4}; risk_weights lists them
-- param: days integer = 90            # Age in days from which a key is old
-- param: idle_days integer = 45       # Days without use from which a credential counts as unused
--
-- One row for each user, one for each of its access keys, one for each root user. `score` is the sum of the parts, 10 at
-- most: privilege (full administrator 4, a way to become one 3.5, changes 1.5, reading 0.5), age (a key of a year 2, an
-- old key 1, a password of a year 0.5), use (a credential that is not used 1; root in use 2), mfa (a password without it
-- 3, with a virtual device 0.5; root 4 and 0.5), exposure (an active key 1, two 1.5, a password and keys 0.5 more) and
-- root (an active key 6, an inactive one 3). `reasons` names what counted, as `risk_weights` lists it. An inactive key
-- counts 0.5 alone, and a user whom nobody can act as, for want of a password and of active keys, 0.5 for its rights.
--
-- A part is empty where nothing of it could be read; `unknown` says what could not, and the score is then `at least`
-- that. A full administrator is who is one directly in `admins`, certainly or under conditions. The lesser levels go by
-- one statement at a time, those of groups too; statements without a condition that deny IAM or everything, a narrower
-- boundary and service control policies lower them. What statements allow only together, and conditions that are always
-- met, are not weighed there (`escalation_paths` weighs them). Start with what is at 7 or more: turn the key off, or set
-- up MFA.

select
    r.account_id, a.name as account_name, r.name as user_name, r.access_key_id, r.score, r.privilege, r.age, r.use,
    r.mfa, r.exposure, r.root, r.certainty, r.unknown, r.reasons,
    as_of() as as_of
from iam_risk($weights, $days, $idle_days) as r
left join iamsql.accounts as a on a.account_id = r.account_id
where r.kind <> 'role'
order by r.score desc, a.position, r.position, r.key_position nulls first, r.access_key_id
