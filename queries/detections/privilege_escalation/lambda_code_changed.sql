-- title: Lambda function changed by an unusual principal
-- kind: detection
-- severity: medium
-- tags: mitre:T1098.003, mitre:T1648, tactic:privilege_escalation, cloudtrail
-- param: deployers text[] = ''  # Names of users and roles to exclude
--
-- Detects changes of the code, role, layers, handler, runtime or environment of Lambda functions, and event sources
-- that are connected with them, by an IAM user or the root user, and the first change by a role that did not create or
-- first change the function in this run. Whoever can change a function can use the permissions of its role, and an
-- event source starts it with the records of a queue, stream or table. Compare the code with the deployed version, and
-- review what the role of the function did since.
-- False positives: a second pipeline, a new name of the deployment role, or a developer with an IAM user. The next
-- deployment restores the code. Add users and roles to `$deployers`.

with changes as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
        case
            when (c.request_parameters ->> '$.functionName') like 'arn:%'
                then split_part(c.request_parameters ->> '$.functionName', ':', 7)
            else split_part(c.request_parameters ->> '$.functionName', ':', 1)
        end as function_name,
        coalesce(c.issuer_arn, c.actor_arn, c.username) as principal,
        c.user_type,
        case
            when c.event_name like 'UpdateFunctionCode%' then 'code'
            when c.event_name like '%EventSourceMapping%'
                then concat('event source', ' ' || (c.request_parameters ->> '$.eventSourceArn'))
            when c.event_name like 'UpdateFunctionConfiguration%' then concat_ws(
                ', ',
                case when (c.request_parameters -> '$.role') is not null then 'role' end,
                case when (c.request_parameters -> '$.layers') is not null then 'layers' end,
                case when (c.request_parameters -> '$.handler') is not null then 'handler' end,
                case when (c.request_parameters -> '$.runtime') is not null then 'runtime' end,
                case when (c.request_parameters -> '$.environment') is not null then 'environment' end
            )
        end as changed,
        c.invoked_by, c.event_id
    from successful_calls('lambda.amazonaws.com') as c
    where
        (
            c.event_name like 'CreateFunction20%'
            or c.event_name like 'UpdateFunctionCode%'
            or c.event_name like 'UpdateFunctionConfiguration%'
            or c.event_name like 'CreateEventSourceMapping%'
        )
        and coalesce(c.request_parameters ->> '$.dryRun', 'false') = 'false'
),

ordered_changes as (
    select
        c.*,
        first_value(c.principal) over (
            partition by c.account_id, c.region, c.function_name
            order by c.event_time, c.event_id
        ) as usual_principal,
        row_number() over (
            partition by c.account_id, c.region, c.function_name, c.principal
            order by c.event_time, c.event_id
        ) as nth
    from changes as c
)

select
    o.event_time, o.account_id, o.region, o.actor, o.source_ip_address, o.event_name, o.function_name as target,
    concat(
        'changed: ', o.changed,
        case when o.usual_principal <> o.principal then concat(', earlier by ', o.usual_principal) end,
        ', through ' || o.invoked_by
    ) as detail,
    o.event_id
from ordered_changes as o
where
    coalesce(o.changed, '') <> ''
    and (o.user_type in ('IAMUser', 'Root') or (o.usual_principal <> o.principal and o.nth = 1))
    and not list_contains($deployers, split_part(o.principal, '/', -1))
order by o.event_time desc, o.event_id
