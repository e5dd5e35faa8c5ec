-- title: Ways by which users and roles can make themselves administrators
-- kind: report
-- severity: critical
-- version: 1
-- tags: permissions, privilege-escalation, admins
-- param: max_hops integer = 6                # Leave out ways of more steps
--
-- The actions of all policies of a principal are taken together, whichever policy each comes from, and weighed as `can`
-- weighs them; `privesc_methods` has the methods. A step ends with the principal's own rights without end
-- (`administrator`), or with a user or role that it becomes: by new credentials, by assuming a role, or by handing a role
-- that trusts a service to that service. For each principal and method of the first step the shortest way is shown.
-- Principals that are administrators already are left out (`admins` has them).
--
-- `certain` means that each step is open whatever the context. `conditional` ways depend on the conditions named, or on
-- something that IAM does not tell: whether a function, an instance or a stack with the role is there to be taken over,
-- and what Identity Center's permission sets reach. Not weighed: how networks are reached, policies of resources, and
-- that a policy's older version is wider. Take the action of the first step away, or bound it by resource or boundary.

select
    p.account_id as account_id,
    a.name as account_name,
    p.principal as principal,
    p.method as method,
    p.hops as hops,
    p.verdict as verdict,
    p.path as path,
    nullif(array_to_string(p.conditions, ', '), '') as depends_on,
    p.becomes as becomes
from iam_paths() as p
left join iamsql.accounts as a on a.account_id = p.account_id
where p.hops <= $max_hops
order by a.position, p.hops, p.verdict, p.principal, p.method
