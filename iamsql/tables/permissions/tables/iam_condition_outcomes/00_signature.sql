-- Returns one row for each set of statements whose conditions depend on the request, with its verdict.
--
-- `statements` is a list of {'signature', 'policy_type', 'effect', 'conditions'}. The signature identifies the set. A request
-- passes if no Deny matches and each policy type with an Allow has one that matches. IAM has more possible requests than can be
-- tried, but conditions distinguish only a few. The sample values of each key are divided into classes: the same conditions hold
-- for all values of a class. One request is evaluated for each combination of classes.
--
--   verdict: allowed if every request passes, conditional if some do, denied if none does, and NULL for more than 20,000
--     combinations
--   deciding_keys: the keys that change the result while all other keys stay as they are
--   all_keys: all keys of the conditions
--   reasons: the reasons that deny every request; without such a reason, the reasons that deny some
-- returns: signature VARCHAR, verdict VARCHAR, deciding_keys VARCHAR[], all_keys VARCHAR[], reasons VARCHAR[]
create or replace macro iam_condition_outcomes(statements) as table
with recursive
