-- title: Risk score of each user, access key and root user
-- kind: report
-- severity: high
-- tags: risk, access-keys, mfa, passwords, root
-- columns: score, certainty, account, user_name, access_key_id, reason
-- layout: table; below reason
-- param: weights text = {}       # Points that replace the defaults, such as {"mfa.none": 4}; see risk_weights
-- param: days integer = 90       # Age at which a key is old, in days
-- param: unused_days integer = 45  # Days without use after which a credential is unused
-- remediation: iamsql query risk_weights
-- remediation: iamsql query key_history --arg access_key_id={access_key_id}
-- remediation: aws iam update-access-key --user-name {user_name} --access-key-id {access_key_id} --status Inactive
--
-- Returns one row for each user, one for each of its access keys, and one for each root user. `score` is the sum of the
-- parts, at most 10:
--
-- `privilege`: full administrator 4, a path to become one 3.5, changes 1.5, reading 0.5.
-- `age`: a key older than a year 2, an old key 1, a password older than a year 0.5.
-- `use`: an unused credential 1, a used root user 2.
-- `mfa`: a password without MFA 3, with a virtual device 0.5; root user 4 and 0.5.
-- `exposure`: one active key 1, two 1.5, and 0.5 more for a password and keys.
-- `root`: an active key 6, an inactive key 3.
--
-- `reason` lists the facts that count, and `reason_codes` their names in `risk_weights`. An inactive key counts 0.5,
-- and a user without a password and active keys 0.5 for its permissions.
--
-- `unknown` lists the facts that could not be read. `certainty` is `at least` if there are any, and a part is NULL if
-- all of its facts are missing. A full administrator is a principal with `direct` in `admins`, certain or conditional.
-- The lower levels consider one statement at a time, including statements of groups; unconditional denies of IAM or of
-- everything, narrower permissions boundaries and service control policies lower them. Combinations of statements, and
-- conditions that are always met, are not considered (see `escalation_paths`). Start with scores of 7 and more:
-- deactivate the key, or set up MFA.

select
    r.account_id, a.name as account_name, r.name as user_name, r.access_key_id, r.score, r.privilege, r.age, r.use,
    r.mfa, r.exposure, r.root, r.certainty, r.unknown, r.reason, r.reason_codes,
    as_of() as as_of
from iam_risk($weights, $days, $unused_days) as r
left join iamsql.accounts as a on a.account_id = r.account_id
where r.kind <> 'role'
order by r.score desc, a.position, r.position, r.key_position nulls first, r.access_key_id
