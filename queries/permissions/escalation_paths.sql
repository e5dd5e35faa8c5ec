-- title: Privilege escalation paths of users and roles
-- kind: report
-- severity: critical
-- tags: permissions, privilege-escalation, admins
-- columns: account, principal, verdict, path, conditions
-- layout: groups account, principal; below conditions
-- param: max_steps integer = 6  # Maximum number of steps in a path
-- remediation: iamsql query principal_statements --arg principal={principal}
-- remediation: iamsql query privesc_methods
-- remediation: # Remove the action of the first step from the policy, or limit the action to resources.
--
-- Returns the paths by which users and roles can become administrators. The actions of all policies of a principal are
-- combined and evaluated as in `can`; `privesc_methods` lists the methods. A step makes the principal an administrator
-- (`administrator`), gives it the credentials of another user or role, or changes a policy, a permissions boundary or a
-- membership. It can also remove a policy that denies, or the membership of a group that denies. A change counts if the
-- principal can use it, and the changed user or role is evaluated again: what its boundary, service control policies
-- and explicit denies still forbid is not a path. AWS refuses changes of service-linked roles and of roles of IAM
-- Identity Center, which can only be assumed, or changed by a new version of a customer managed policy. For each
-- principal and first method, the most certain path is returned, and among equally certain paths the shortest.
-- Administrators are excluded (see `admins`). To close a path, remove the action of the first step, or limit it by
-- resource or permissions boundary.
--
-- `certain`: each step is possible in every request context.
-- `conditional`: `conditions` lists the condition keys, or facts that IAM data does not contain. Examples are whether a
-- function, instance or stack with the role exists, what permission sets apply to, and whether an earlier version of a
-- policy allows more. A step that AWS would refuse depends on the obstacle: a quota that is reached, such as two access
-- keys or five versions of a policy, or the user's MFA. If a principal can grant permissions to others but not use
-- them, the path depends on the `credentials of` one of them.
-- `unknown`: a policy that was not read decides. `conditions` names it. The method of a principal with an unread
-- policy is `unread`.
--
-- Not evaluated: network paths and resource policies.

select
    p.account_id, a.name as account_name, p.principal, p.method, p.steps, p.verdict, p.path,
    nullif(array_to_string(p.conditions, ', '), '') as conditions,
    p.admin_arn
from iam_escalation_paths(true) as p
left join iamsql.accounts as a on a.account_id = p.account_id
where p.steps <= $max_steps and p.method <> 'administrator'
order by a.position, p.steps, p.uncertainty, p.principal, p.method
