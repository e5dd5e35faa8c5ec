-- title: Principals that may perform several actions
-- kind: report
-- severity: info
-- tags: permissions, policies, organizations
-- columns: action, resource, verdict, reason, account, principal
-- param: requests requests  # A JSON list of objects with action and resource
-- positional: requests
-- remediation: iamsql query can --arg principal={principal} --arg action={action} --arg resource={resource}
-- remediation: iamsql query principal_statements --arg principal={principal}
--
-- Returns the rows of `who_can` for many actions and resources at once, in the order of the list. A list of 1,000
-- requests takes little longer than one request, while each further call of `who_can` in a statement takes as long as
-- the first. In SQL the parameter is a list, as JSON or as structs: `from who_can_all(requests := [{'action':
-- 'iam:CreateUser'}])`, or `from who_can_all(requests := (select list(r) from my_requests as r))` for a table. A
-- request without `resource` means `*`. Change the policies of principals that do not need the permission.

with requests as materialized (
    select
        x.position,
        rtrim(json_extract_string(x.request, '$.action'), '!') as action, -- newer than the list of actions
        coalesce(json_extract_string(x.request, '$.resource'), '*') as resource
    from (
        select
            unnest(cast(json_extract($requests, '$[*]') as json[])) as request,
            unnest(range(1, 1 + cast(json_array_length($requests) as bigint))) as position
    ) as x
),

distinct_requests as materialized (
    select q.action, q.resource, min(q.position) as position
    from requests as q
    group by q.action, q.resource
)

select
    j.principal, j.action, j.resource, j.verdict, j.reason, j.not_considered, j.account_id, iam_caller_text(j.principal) as principal_type
from iam_principal_evaluation(
    (select list({'action': d.action, 'resource': d.resource} order by d.position) from distinct_requests as d),
    null, false, false,
    (select list(r.item) from iam_known_resources((select list(distinct d.resource) from distinct_requests as d)) as r)
) as j
inner join distinct_requests as d on d.action = j.action and d.resource = j.resource
where j.verdict <> 'denied'
order by
    d.position, case j.verdict when 'allowed' then 1 when 'conditional' then 2 else 3 end, j.account_id, j.principal
