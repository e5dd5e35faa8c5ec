-- title: Commands were sent to many instances within an hour
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1651, mitre:T1021.007, tactic:lateral_movement, cloudtrail
-- param: instances integer = 10   # Instances in an hour from which it counts
-- param: documents text[] = AWS-RunPatchBaseline, AWS-GatherSoftwareInventory   # Do not count
--
-- One call reaches a whole fleet: miners and ransomware are spread like that. Found are actors who named at least
-- `$instances` different instances in one hour, or chose them by tag or group, where nobody sees how many. Cancel the
-- command (`aws ssm cancel-command`), then look at its document and at one of the instances.
-- False positives: roll-outs and repairs by those who run the fleet. Documents in `$documents` do not count;
-- maintenance windows and State Manager, which call through Systems Manager itself, do not either.

with calls as (
    select
        e.event_time,
        date_trunc('hour', e.event_time) as in_hour,
        e.account_id, e.region, e.actor, e.source_ip, e.event_name,
        split_part(e.request_parameters ->> '$.documentName', '/', -1) as document,
        json_extract_string(e.request_parameters, '$.instanceIds[*]') as named,
        json_extract_string(e.request_parameters, '$.targets[*].key') as chosen_by,
        json_extract_string(e.request_parameters, '$.targets[*].values[*]') as chosen,
        e.event_id
    from successful_calls('ssm.amazonaws.com') as e
    where e.event_name = 'SendCommand' and e.invoked_by is null
),

reached as (
    select
        c.event_id, c.account_id,
        unnest(list_concat(c.named, c.chosen)) as instance_id
    from calls as c
),

counted as (
    select
        c.account_id, c.actor, c.in_hour,
        count(distinct case when regexp_matches(r.instance_id, '^m?i-') then r.instance_id end) as instances,
        max(
            case
                when len(c.chosen_by) > 0 and c.chosen_by <> ['InstanceIds'] then 1
                when r.instance_id = '*' then 1
                else 0
            end
        ) as by_group
    from calls as c
    left join reached as r on r.account_id = c.account_id and r.event_id = c.event_id
    where not list_contains($documents, coalesce(c.document, ''))
    group by c.account_id, c.actor, c.in_hour
),

ordered as (
    select
        c.*,
        row_number() over (partition by c.account_id, c.actor, c.in_hour order by c.event_time, c.event_id) as nth
    from calls as c
    where not list_contains($documents, coalesce(c.document, ''))
)

select
    min(o.event_time) as event_time, o.account_id,
    of_first(o.region, o.nth) as region, o.actor, of_first(o.source_ip, o.nth) as source_ip,
    of_first(o.event_name, o.nth) as event_name,
    string_agg(distinct o.document, ', ' order by o.document) as target,
    concat(
        'commands: ', count(*), ', instances named: ', max(n.instances),
        case when max(n.by_group) = 1 then ', and others by tag or group' end,
        ', until ', max(o.event_time)
    ) as detail,
    of_first(o.event_id, o.nth) as event_id
from ordered as o
inner join counted as n on n.account_id = o.account_id and n.actor = o.actor and n.in_hour = o.in_hour
where
    n.by_group = 1
    or n.instances >= $instances
group by o.account_id, o.actor, o.in_hour
order by min(o.event_time) desc, o.account_id, o.actor
