-- title: IAM user deleted
-- kind: detection
-- severity: low
-- tags: mitre:T1531, mitre:T1070, tactic:impact, cloudtrail
--
-- Detects the deletion of IAM users. An attacker removes the access of people and programs, or deletes a user of their
-- own after use; IAM keeps no record of deleted users. If the run contains the creation, `detail` says how long the
-- user existed. A user that existed for only minutes is suspicious: review what it did (`iamsql query user_history`).
-- False positives: colleagues who leave, and tools that delete the users that they created. The change comes from the
-- usual pipeline or team.

with deletions as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
        coalesce(c.request_parameters ->> '$.userName', c.target) as target, c.invoked_by, c.event_id
    from successful_calls('iam.amazonaws.com') as c
    where c.event_name = 'DeleteUser'
),

creations as (
    select d.event_id, max(c.event_time) as created_at
    from deletions as d
    inner join successful_calls('iam.amazonaws.com') as c
        on
            c.account_id = d.account_id
            and c.event_name = 'CreateUser'
            and (c.request_parameters ->> '$.userName') = d.target
            and c.event_time <= d.event_time
    group by d.event_id
)

select
    d.event_time, d.account_id, d.region, d.actor, d.source_ip_address, d.event_name, d.target,
    concat(
        'user deleted',
        case
            when c.created_at is not null
                then concat(', ', date_diff('minute', c.created_at, d.event_time), ' minutes after its creation')
        end,
        ', through ' || d.invoked_by
    ) as detail,
    d.event_id
from deletions as d
left join creations as c on c.event_id = d.event_id
order by d.event_time desc, d.event_id
