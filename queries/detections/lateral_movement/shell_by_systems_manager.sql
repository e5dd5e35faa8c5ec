-- title: Somebody unusual started a shell or a script on an instance through Systems Manager
-- kind: detection
-- severity: medium
-- version: 1
-- tags: mitre:T1651, mitre:T1021.007, tactic:lateral_movement, cloudtrail
-- param: days integer = 14   # Days without a shell after which an actor counts as unusual; 0 shows all
--
-- Systems Manager gives root on every instance that it manages, without a password, a key or an open port. Found are
-- sessions, and commands whose document runs what the caller writes, when the actor had not done so in the account for
-- `$days` days. The script itself is not in the event: see the command's history and the session's log, and what the
-- instance's role did afterwards.
-- False positives: administrators on call, and whoever works this way each day, once at the window's start. Patching
-- and inventory documents, and what Systems Manager's own automations start, are left out.

with shells as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name,
        coalesce(
            e.request_parameters ->> '$.target', e.request_parameters ->> '$.sessionId',
            nullif(e.request_parameters ->> '$.instanceIds', '[]'), e.request_parameters ->> '$.targets'
        ) as target,
        coalesce(
            e.request_parameters ->> '$.documentName',
            'association with ' || coalesce(
                e.request_parameters ->> '$.name',
                case when e.event_name like '%Association' then 'a document' end
            ),
            'session'
        ) as what,
        e.response_elements ->> '$.command.commandId' as command_id,
        e.event_id
    from successful_calls('ssm.amazonaws.com') as e
    where
        (
            e.event_name in ('StartSession', 'ResumeSession')
            or (
                e.event_name in ('SendCommand', 'CreateAssociation', 'UpdateAssociation')
                and split_part(
                    coalesce(e.request_parameters ->> '$.documentName', e.request_parameters ->> '$.name'), '/', -1
                ) in (
                    'AWS-RunShellScript', 'AWS-RunPowerShellScript', 'AWS-RunRemoteScript', 'AWS-RunDocument'
                )
            )
        )
        and e.invoked_by is null
),

ordered as (
    select
        s.*,
        lag(s.event_time) over (
            partition by s.account_id, s.actor
            order by s.event_time, s.event_id
        ) as before
    from shells as s
)

select
    o.event_time, o.account_id, o.region, o.actor, o.source_ip, o.event_name, o.target,
    concat(
        o.what,
        case when o.command_id is not null then concat(', command ', o.command_id) end,
        case when o.before is null then ', the first in this run' else concat(', the last was at ', o.before) end
    ) as detail,
    o.event_id
from ordered as o
where
    o.before is null
    or o.event_time > o.before + to_days($days)
order by o.event_time desc, o.event_id
