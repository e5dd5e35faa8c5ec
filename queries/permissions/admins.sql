-- title: Administrators, and principals that can become administrators
-- kind: report
-- severity: high
-- tags: permissions, privilege-escalation, admins
-- columns: account, principal, how, verdict, why
-- param: by_path boolean = true  # Include principals that can become administrators
-- fix: iamsql query principal_statements --arg principal={principal}
-- fix: aws iam generate-service-last-accessed-details --arn {principal}
-- fix: # Replace the policy that `why` contains with a policy that allows only what the principal uses.
--
-- Returns users and roles that are administrators or can become one. `direct`: the principal may perform every action
-- on every resource, however its policies spell that, and may change the policies of users and roles. `path`: the
-- principal can become an administrator in steps; `escalation_paths` lists every path, and this query the best one of
-- each principal. Keep administrators few: replace the policies of the others, and close the paths.
--
-- The verdict is `certain`, `conditional` if it depends on the request context, or `unknown` if a policy, permissions
-- boundary or service control policy that decides was not read. `why` contains the policy, the conditions, the path or
-- the missing data. AdministratorAccess counts also if its document was not read. Root users are administrators too,
-- and are not included.

with direct as materialized (from iam_admins()),

found as (
    select d.account_id, d.principal, 'direct' as how, d.verdict, d.why, d.not_considered, 0 as hops
    from direct as d
    union all
    select
        p.account_id, p.principal, 'path', p.verdict,
        concat(p.path, case when len(p.conditions) > 0 then '; depends on ' || array_to_string(p.conditions, ', ') end),
        null, p.hops
    from iam_escalation_paths(false) as p
    where $by_path and p.principal not in (select d.principal from direct as d)
    qualify row_number() over (partition by p.principal order by p.uncertainty, p.hops, p.method) = 1
)

select f.account_id, a.name as account_name, f.principal, f.how, f.verdict, f.why, f.not_considered
from found as f
left join iamsql.accounts as a on a.account_id = f.account_id
order by a.position, f.how, f.hops, f.verdict, f.principal
