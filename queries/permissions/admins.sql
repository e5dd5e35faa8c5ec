-- title: Who is an administrator, or can become one
-- kind: report
-- severity: high
-- version: 1
-- tags: permissions, privilege-escalation, admins
-- param: by_path boolean = true              # Show also those who can become one
--
-- `direct` are the users and roles that may do everything on everything and change the policies of users and roles;
-- `path` those that can get there in steps (`escalation_paths` has every way; here is the shortest of each). A verdict is
-- `certain`, or `conditional` where it depends on a request's context: `why` names the policy, the conditions or the way.
-- Give as few people as possible the first, and nobody the second. Root users are administrators too, and are not shown.

with found as (
    select
        d.account_id, d.principal, 'direct' as how, d.verdict, d.why, d.not_considered, 0 as hops
    from iam_admins() as d
    union all
    select
        p.account_id, p.principal, 'path', p.verdict,
        concat(p.path, case when len(p.conditions) > 0 then '; depends on ' || array_to_string(p.conditions, ', ') end),
        null, p.hops
    from iam_paths() as p
    where $by_path
    qualify row_number() over (partition by p.principal order by p.hops, p.verdict, p.method) = 1
)

select
    f.account_id as account_id,
    a.name as account_name,
    f.principal as principal,
    f.how as how,
    f.verdict as verdict,
    f.why as why,
    f.not_considered as not_considered
from found as f
left join iamsql.accounts as a on a.account_id = f.account_id
order by a.position, f.how, f.hops, f.verdict, f.principal
