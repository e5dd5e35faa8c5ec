-- title: Session or shell command on an instance or container by an unusual principal
-- kind: detection
-- severity: medium
-- tags: mitre:T1651, mitre:T1021.007, tactic:lateral_movement, cloudtrail
-- param: days integer = 14  # Days without a session or command after which a principal is unusual; 0 for all
--
-- Detects Systems Manager sessions, commands whose document runs a script of the caller, and commands in containers of
-- ECS (ECS Exec, which uses Systems Manager), by a principal that has not used them in the account for `$days` days.
-- Systems Manager gives root access to every instance that it manages, and a shell in a container has the task role,
-- without a password, a key or an open port. The event does not contain the script: read the command history and the
-- session log, and review what the role of the instance or task did afterwards.
-- False positives: administrators on call; those who work in this way every day are a finding once, at the start of the
-- window. Documents for patching and inventory, and commands of Systems Manager automations, are excluded.

with shells as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
        coalesce(
            c.request_parameters ->> '$.target', c.request_parameters ->> '$.sessionId',
            nullif(c.request_parameters ->> '$.instanceIds', '[]'), c.request_parameters ->> '$.targets',
            concat_ws('/', c.request_parameters ->> '$.task', c.request_parameters ->> '$.container')
        ) as target,
        coalesce(
            case when c.event_source = 'ecs.amazonaws.com' then 'command in a container' end,
            c.request_parameters ->> '$.documentName',
            'association with ' || coalesce(
                c.request_parameters ->> '$.name',
                case when c.event_name like '%Association' then 'a document' end
            ),
            'session'
        ) as method,
        c.response_elements ->> '$.command.commandId' as command_id,
        c.event_id
    from recorded_calls() as c
    where
        c.error_code is null
        and (
            (c.event_source = 'ecs.amazonaws.com' and c.event_name = 'ExecuteCommand')
            or (
                c.event_source = 'ssm.amazonaws.com'
                and (
                    c.event_name in ('StartSession', 'ResumeSession')
                    or (
                        c.event_name in ('SendCommand', 'CreateAssociation', 'UpdateAssociation')
                        and split_part(
                            coalesce(c.request_parameters ->> '$.documentName', c.request_parameters ->> '$.name'), '/', -1
                        ) in (
                            'AWS-RunShellScript', 'AWS-RunPowerShellScript', 'AWS-RunRemoteScript', 'AWS-RunDocument'
                        )
                    )
                )
            )
        )
        and c.invoked_by is null
),

ordered_shells as (
    select
        s.*,
        lag(s.event_time) over (
            partition by s.account_id, s.actor
            order by s.event_time, s.event_id
        ) as previous_time
    from shells as s
)

select
    o.event_time, o.account_id, o.region, o.actor, o.source_ip_address, o.event_name, o.target,
    concat(
        o.method,
        case when o.command_id is not null then concat(', command ', o.command_id) end,
        case when o.previous_time is null then ', first in this run' else concat(', previous at ', o.previous_time) end
    ) as detail,
    o.event_id
from ordered_shells as o
where
    o.previous_time is null
    or o.event_time > o.previous_time + to_days($days)
order by o.event_time desc, o.event_id
