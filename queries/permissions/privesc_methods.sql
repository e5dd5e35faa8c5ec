-- title: Methods of privilege escalation
-- kind: report
-- severity: info
-- tags: privilege-escalation, permissions, reference
-- columns: method, kind, title, actions
-- remediation: iamsql query escalation_paths
-- remediation: iamsql query escalation_catalog
--
-- Returns the methods of privilege escalation, which are the same in every run: the actions that together raise the
-- permissions of a principal, even if several policies allow them together. `kind` is:
--
-- `self`: the permissions of the principal itself increase, or a boundary or explicit deny is removed.
-- `credentials`: the principal obtains credentials of another user.
-- `assume`: the principal assumes a role through the trust policy.
-- `pass`: the principal passes a role to a service. A role with more permissions must trust `service`.
-- `take`: the principal takes over a resource that runs with a role. IAM data does not show whether one exists.
--
-- `target` is what the first action changes: a policy, user, group, role, the passed role, or `*`, a resource of
-- another service. A method with PassRole needs the action on the role, with the service as iam:PassedToService.
-- Conditions, the permissions of the target and network access are not included. `escalation_paths` applies the methods
-- to the principals of a run. `pathfinding` lists the IDs of the pathfinding.cloud paths that a method covers;
-- `escalation_catalog` lists these paths.

select m.method, m.title, m.actions, m.kind, m.target, m.service, m.about, m.source, m.pathfinding
from iam_privesc_methods() as m
order by m.method
