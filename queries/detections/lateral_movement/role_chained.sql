-- title: Role assumed by another role of the account for the first time
-- kind: detection
-- severity: low
-- tags: mitre:T1550.001, mitre:T1548.005, tactic:lateral_movement, cloudtrail
-- param: days integer = 3             # Minimum history of the account, in days
-- param: tools text[] = iamsql-audit  # Names of roles to exclude, because tools assume them
--
-- Detects sessions of a role that assume another role of the same account, or the same role again, for the first time
-- in this run, after `$days` days of history of the account. Role chaining lets an attacker collect permissions, and a
-- role that assumes itself extends a session beyond its end. Compare the permissions of the two roles, and review what
-- the new session did. Roles of other accounts are findings of cross_account_role_first_use.
-- False positives: pipelines and portals that are built in this way. They repeat the same pairs of roles, and a new
-- pair is a finding once.

with assumptions as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, c.event_id,
        c.issuer_arn as caller,
        c.request_parameters ->> '$.roleArn' as role_arn
    from successful_calls('sts.amazonaws.com') as c
    where
        c.event_name = 'AssumeRole'
        and c.user_type = 'AssumedRole'
        and c.invoked_by is null
        and split_part(c.issuer_arn, ':', 5) = split_part(c.request_parameters ->> '$.roleArn', ':', 5)
        and not list_contains($tools, split_part(c.request_parameters ->> '$.roleArn', '/', -1))
),

first_uses as (
    select a.*
    from assumptions as a
    qualify row_number() over (partition by a.account_id, a.caller, a.role_arn order by a.event_time, a.event_id) = 1
),

account_starts as (
    select e.account_id, min(e.event_time) as first_time
    from aws_cloudtrail_event as e
    group by e.account_id
)

select
    f.event_time, f.account_id, f.region, f.actor, f.source_ip_address, f.event_name, f.role_arn as target,
    concat(
        'by role ', split_part(f.caller, '/', -1),
        case when f.caller = f.role_arn then ', which assumed itself' end
    ) as detail,
    f.event_id
from first_uses as f
inner join account_starts as s on s.account_id = f.account_id
where f.event_time > s.first_time + to_days($days)
order by f.event_time desc, f.event_id
