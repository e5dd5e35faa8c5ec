-- title: Ways by which users and roles can make themselves administrators
-- kind: report
-- severity: critical
-- version: 1
-- tags: permissions, privilege-escalation, admins
-- param: max_hops integer = 6                # Leave out ways of more steps
--
-- The actions of all policies of a principal are taken together and evaluated as `can` evaluates them; `privesc_methods` has
-- the methods. A step makes the principal an administrator (`administrator`), gives it the credentials of another user or
-- role, or changes one: a policy of a user, role or group, a boundary, a membership. A change counts where the principal can
-- use it, by any steps that it has, and the changed user or role is evaluated anew: what its boundary, the service control
-- policies and explicit denies still forbid is no way. For each principal and method of the first step the most certain way
-- is shown, and of these the shortest. Administrators are left out (`admins` has them).
--
-- `certain`: each step is open in every request context.
-- `conditional`: `depends_on` names the condition keys, or what IAM does not tell: whether a function, an instance or a stack
-- with the role exists to be taken over, what permission sets reach, whether an earlier version of a policy allows more. A
-- principal that may give others more rights and cannot use them depends on the `credentials of` one of those.
-- `unknown`: a policy that was not read decides. `depends_on` names it. The method is `unread` for its bearer.
--
-- Not evaluated: network paths and resource policies. To close a way, remove the action of the first step, or limit it by
-- resource or boundary.

select
    p.account_id, a.name as account_name, p.principal, p.method, p.hops, p.verdict, p.path,
    nullif(array_to_string(p.conditions, ', '), '') as depends_on,
    p.becomes
from iam_escalation_paths(true) as p
left join iamsql.accounts as a on a.account_id = p.account_id
where p.hops <= $max_hops and p.method <> 'administrator'
order by a.position, p.hops, p.uncertainty, p.principal, p.method
