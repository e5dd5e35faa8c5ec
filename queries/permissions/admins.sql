-- title: Who is an administrator, or can become one
-- kind: report
-- severity: high
-- version: 1
-- tags: permissions, privilege-escalation, admins
-- param: by_path boolean = true              # Show also those who can become one
--
-- `direct`: users and roles that may perform every action on every resource, however their policies spell that, and change
-- the policies of users and roles. `path`: those that can get there in steps (`escalation_paths` has every way; here is the
-- best of each).
--
-- A verdict is `certain`, `conditional` where it depends on the request's context, or `unknown` where a policy, boundary or
-- service control policy that decides was not read: `why` names the policy, the conditions, the way or what was not read.
-- AdministratorAccess counts where its document was not read. Root users are administrators too, and are not shown.

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
