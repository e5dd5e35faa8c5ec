-- title: Systems Manager commands sent to many instances
-- kind: detection
-- severity: high
-- tags: mitre:T1651, mitre:T1021.007, tactic:lateral_movement, cloudtrail
-- param: instances integer = 10  # Minimum number of instances in a clock hour
-- param: documents text[] = AWS-RunPatchBaseline, AWS-GatherSoftwareInventory  # Names of command documents to exclude
--
-- Detects a principal that sends Systems Manager commands to at least `$instances` instances within a clock hour, or
-- that selects instances by tag or resource group, which hides their number. A single call can reach an entire fleet,
-- which is how cryptominers and ransomware are distributed. Cancel the command (`aws ssm cancel-command`), then review
-- its document and one of the instances.
-- False positives: roll-outs and repairs by the team that operates the fleet. The documents in `$documents` are
-- excluded, as are maintenance windows and State Manager, which call through Systems Manager itself.

with calls as (
    select
        e.event_time,
        date_trunc('hour', e.event_time) as in_hour,
        e.account_id, e.region, e.actor, e.source_ip_address, e.event_name, e.event_id,
        split_part(e.request_parameters ->> '$.documentName', '/', -1) as document,
        json_extract_string(e.request_parameters, '$.instanceIds[*]') as instance_ids,
        json_extract_string(e.request_parameters, '$.targets[*].key') as target_keys,
        json_extract_string(e.request_parameters, '$.targets[*].values[*]') as target_values
    from successful_calls('ssm.amazonaws.com') as e
    where
        e.event_name = 'SendCommand'
        and e.invoked_by is null
        and not list_contains(
            $documents, coalesce(split_part(e.request_parameters ->> '$.documentName', '/', -1), '')
        )
),

targets as (
    select
        c.event_id, c.account_id,
        unnest(list_concat(c.instance_ids, c.target_values)) as instance_id
    from calls as c
),

counted as (
    select
        c.account_id, c.actor, c.in_hour,
        count(distinct case when regexp_matches(t.instance_id, '^m?i-') then t.instance_id end) as instances,
        max(
            case
                when len(c.target_keys) > 0 and c.target_keys <> ['InstanceIds'] then 1
                when t.instance_id = '*' then 1
                else 0
            end
        ) as is_by_group
    from calls as c
    left join targets as t on t.account_id = c.account_id and t.event_id = c.event_id
    group by c.account_id, c.actor, c.in_hour
),

bursts as (
    select
        c.account_id, c.actor, c.in_hour, first_call(c) as first_call, max(c.event_time) as last_time,
        count(*) as commands,
        string_agg(distinct c.document, ', ' order by c.document) as documents
    from calls as c
    group by c.account_id, c.actor, c.in_hour
)

select
    b.first_call.event_time, b.account_id, b.first_call.region, b.actor, b.first_call.source_ip_address,
    b.first_call.event_name, b.documents as target,
    concat(
        'commands: ', b.commands, ', instances by ID: ', n.instances,
        case when n.is_by_group = 1 then ', and others by tag or group' end,
        ', until ', b.last_time
    ) as detail,
    b.first_call.event_id
from bursts as b
inner join counted as n on n.account_id = b.account_id and n.actor = b.actor and n.in_hour = b.in_hour
where
    n.is_by_group = 1
    or n.instances >= $instances
order by b.first_call.event_time desc, b.account_id, b.actor
