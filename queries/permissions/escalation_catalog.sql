-- title: Published escalation paths and the methods that cover them
-- kind: report
-- severity: info
-- tags: privilege-escalation, permissions, reference
-- columns: path, methods, difference, actions
-- remediation: iamsql query privesc_methods
-- remediation: iamsql query escalation_paths
--
-- Returns the privilege escalation paths of pathfinding.cloud, which are the same in every run: the permissions that a
-- path requires, and the methods of `privesc_methods` that cover it. `difference` says why a principal with exactly
-- these permissions has no such path in `escalation_paths`. The date of the comparison is in `iam_fact_sources()`.

select p.path, p.actions, m.methods, p.difference
from iam_published_escalation_paths() as p
left join (
    select k.path, string_agg(k.method, ', ' order by k.method) as methods
    from (select unnest(m.pathfinding) as path, m.method from iam_privesc_methods() as m) as k
    group by k.path
) as m on m.path = p.path
order by p.path
