-- Returns the actions that a principal's identity-based policies allow, and which of them are denied. An empty `principal` means
-- every user and role. An action is denied if iam_evaluation() allows no request with the action on any resource. Service-linked
-- roles are left out.
--
-- Principals with the same granted and denied actions are one group. A row of the `kind` principal has the group of a principal. A
-- row of the `kind` action has an action of a group.
--   denied_by: the reasons of the evaluation, such as explicit_deny_scp; NULL for an action that is not denied
--   unread: the policies that were not read and can deny more actions; also says if the run has no service control policies
--
-- The evaluation of 20,000 actions of each principal would take too long. The actions of a principal that the same statements
-- match have one result. So do principals whose statements for an action have the same effect and conditions. One of them is
-- evaluated. Nothing is evaluated if only an Allow applies and every other policy type allows every request.
-- returns: kind VARCHAR, group_id VARCHAR, account_id VARCHAR, principal_arn VARCHAR, principal_type VARCHAR, unread VARCHAR[], action VARCHAR, name VARCHAR, service VARCHAR, denied_by VARCHAR[]
create or replace macro iam_granted_actions(principal) as table
with
