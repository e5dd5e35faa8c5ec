-- Returns the nodes of the search for escalation paths, and their methods. A node is a user or role as it is (`state` is empty),
-- or as it is after changes. `state` is then one of these:
--   widened: a policy that allows everything is attached to it (`has_administrator_access`).
--   joined: it is a member of the group or the two groups of `in_groups`.
--   reduced: it has lost what limits it, and gained nothing.
--   new: a user or role that is created in the account, in the group of `in_groups` if there is one.
-- Widened, joined and reduced nodes can be without their permissions boundary (`is_unbounded`), and without the policies or groups
-- of `items` (iam_denying_policies). `has_limits`: the user or role has such policies or a boundary.
--
-- A node has a row with the `subject` whose methods (iam_subject_methods) it has. Each method of a subject has a row with a NULL
-- `node`. Nodes, subjects and principals are numbers (iam_hash), which take less memory than names. `principal` is the number of
-- the user or role `arn`, and NULL for one that is created.
-- returns: node BIGINT, name VARCHAR, principal BIGINT, arn VARCHAR, account_id VARCHAR, state VARCHAR, in_groups VARCHAR[], has_administrator_access BOOLEAN, is_unbounded BOOLEAN, items VARCHAR[], has_limits BOOLEAN, subject BIGINT, method VARCHAR, kind VARCHAR, target VARCHAR, service VARCHAR, target_action VARCHAR, uncertainty INTEGER, limits VARCHAR[], conditions VARCHAR[], other_uncertainty INTEGER, other_conditions VARCHAR[]
create or replace macro iam_escalation_nodes() as table
with
