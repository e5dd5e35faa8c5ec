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
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, c.target,
    concat(
        'user created',
        case
            when (c.request_parameters ->> '$.permissionsBoundary') is null then ', without a permissions boundary'
        end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id, c.user_agent
from successful_calls('iam.amazonaws.com') as c
where c.event_name = 'CreateUser'
order by c.event_time desc, c.event_id
