-- title: The code or role of a function was changed by somebody unusual
-- kind: detection
-- severity: medium
-- version: 1
-- tags: mitre:T1098.003, mitre:T1648, tactic:privilege_escalation, cloudtrail
-- param: deployers text[] = ''   # Users and roles that may, by name
--
-- Whoever may change a function runs with the rights of its role. Found are changes of code, role, layers, handler,
-- runtime or environment by an IAM user or root, and the first change by a role that is not the one which made or first
-- changed the function in this run. Compare the code with what was deployed, and look at what the function's role did
-- since.
-- False positives: a second pipeline, a new name of the deployment role, or a developer with his own user. The
-- deployment that follows puts the same code back; `$deployers` takes names of users and roles that may.

with changes as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name,
        case
            when (e.request_parameters ->> '$.functionName') like 'arn:%'
                then split_part(e.request_parameters ->> '$.functionName', ':', 7)
            else split_part(e.request_parameters ->> '$.functionName', ':', 1)
        end as function_name,
        coalesce(e.issuer_arn, e.actor_arn, e.username) as who,
        e.user_type,
        case
            when e.event_name like 'UpdateFunctionCode%' then 'code'
            when e.event_name like 'UpdateFunctionConfiguration%' then concat_ws(
                ', ',
                case when (e.request_parameters -> '$.role') is not null then 'role' end,
                case when (e.request_parameters -> '$.layers') is not null then 'layers' end,
                case when (e.request_parameters -> '$.handler') is not null then 'handler' end,
                case when (e.request_parameters -> '$.runtime') is not null then 'runtime' end,
                case when (e.request_parameters -> '$.environment') is not null then 'environment' end
            )
        end as changed,
        e.invoked_by, e.event_id
    from successful_calls('lambda.amazonaws.com') as e
    where
        (
            e.event_name like 'CreateFunction20%'
            or e.event_name like 'UpdateFunctionCode%'
            or e.event_name like 'UpdateFunctionConfiguration%'
        )
        and coalesce(e.request_parameters ->> '$.dryRun', 'false') = 'false'
),

ordered as (
    select
        c.*,
        first_value(c.who) over (
            partition by c.account_id, c.region, c.function_name
            order by c.event_time, c.event_id
        ) as usual,
        row_number() over (
            partition by c.account_id, c.region, c.function_name, c.who
            order by c.event_time, c.event_id
        ) as nth
    from changes as c
)

select
    o.event_time, o.account_id, o.region, o.actor, o.source_ip, o.event_name, o.function_name as target,
    concat(
        'changed: ', o.changed,
        case when o.usual <> o.who then concat(', before by ', o.usual) end,
        ', through ' || o.invoked_by
    ) as detail,
    o.event_id
from ordered as o
where
    coalesce(o.changed, '') <> ''
    and (o.user_type in ('IAMUser', 'Root') or (o.usual <> o.who and o.nth = 1))
    and not list_contains($deployers, split_part(o.who, '/', -1))
order by o.event_time desc, o.event_id
