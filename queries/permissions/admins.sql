-- title: Administrators, and principals that can become administrators
-- kind: report
-- severity: high
-- tags: permissions, privilege-escalation, admins
-- columns: account, principal, access_type, verdict, reason
-- layout: table; below reason
-- param: by_path boolean = true  # Include principals that can become administrators
-- remediation: iamsql query principal_statements --arg principal={principal}
-- remediation: aws iam generate-service-last-accessed-details --arn {principal}
-- remediation: # Replace the policy that the column reason contains with a policy that allows only what the principal uses.
--
-- Returns users and roles that are administrators or can become one. `direct`: the principal may perform every action
-- on every resource, however its policies spell that, and may change the policies of users and roles. `path`: the
-- principal can become an administrator in steps; `escalation_paths` lists every path, and this query the best one of
-- each principal. Keep administrators few: replace the policies of the others, and close the paths.
--
-- The verdict is `certain`, `conditional` if it depends on the request context, or `unknown` if a policy, permissions
-- boundary or service control policy that decides was not read. `reason` contains the policy, the conditions, the path
-- or the missing data. AdministratorAccess counts also if its document was not read. Root users are administrators too,
-- and are not included.

with direct_admins as materialized (from iam_admins()),

administrators as (
    select d.account_id, d.principal, 'direct' as access_type, d.verdict, d.reason, d.not_considered, 0 as steps
    from direct_admins as d
    union all
    select
        p.account_id, p.principal, 'path', p.verdict,
        concat(p.path, case when len(p.conditions) > 0 then '; depends on ' || array_to_string(p.conditions, ', ') end),
        null, p.steps
    from iam_escalation_paths(false) as p
    where $by_path and p.principal not in (select d.principal from direct_admins as d)
    qualify row_number() over (partition by p.principal order by p.uncertainty, p.steps, p.method) = 1
)

select f.account_id, a.name as account_name, f.principal, f.access_type, f.verdict, f.reason, f.not_considered
from administrators as f
left join iamsql.accounts as a on a.account_id = f.account_id
order by a.position, f.access_type, f.steps, f.verdict, f.principal
