-- title: IAM user created
-- kind: detection
-- severity: medium
-- tags: mitre:T1136.003, tactic:persistence, cloudtrail
--
-- Detects the creation of IAM users. An attacker creates a user to keep access after the original password or key is
-- revoked. Ask whoever created the user whether it was intended; if not, delete its keys and password, and review what
-- else the principal did in that hour.
-- False positives: new colleagues, and tools that create users. A ticket, the role of a pipeline and a name that
-- follows your convention are signs of a legitimate user; an interactive session at night and a name that imitates a
-- service are signs of an attack.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name, e.target,
    concat(
        'user created',
        case
            when (e.request_parameters ->> '$.permissionsBoundary') is null then ', without a permissions boundary'
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from successful_calls('iam.amazonaws.com') as e
where e.event_name = 'CreateUser'
order by e.event_time desc, e.event_id
