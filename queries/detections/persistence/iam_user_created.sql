-- title: IAM users made
-- kind: detection
-- severity: medium
-- version: 1
-- tags: mitre:T1136.003, tactic:persistence, cloudtrail
--
-- A user of one's own outlives the password or key through which an intruder came. Ask who made it whether they
-- meant to; if nobody did, remove its keys and password, and look at what else the same actor did in that hour.
-- False positives: new colleagues, and tools that make users by plan. A ticket, a pipeline's role as the actor and
-- a name after the house's custom speak for those; an interactive session at night and a name like a service's
-- speak against.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name, e.target,
    concat(
        'user made',
        case
            when (e.request_parameters ->> '$.permissionsBoundary') is null then ', without a permissions boundary'
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from successful_calls('iam.amazonaws.com') as e
where e.event_name = 'CreateUser'
order by e.event_time desc, e.event_id
