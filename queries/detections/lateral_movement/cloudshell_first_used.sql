-- title: CloudShell used for the first time by a principal
-- kind: detection
-- severity: low
-- tags: mitre:T1059.009, mitre:T1078.004, tactic:lateral_movement, cloudtrail
-- param: days integer = 14  # Minimum history of the account, in days
--
-- Detects principals that create an environment of AWS CloudShell for the first time in this run, after `$days` days of
-- history of the account. CloudShell gives a shell with the permissions of the console session from addresses of
-- AWS, so a stolen console session can use tools and move files without a computer that you know. Review the calls of
-- the principal since.
-- False positives: administrators who try the service. Each of them is a finding only once.

with environments as (
    select c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, c.event_id, c.invoked_by
    from successful_calls('cloudshell.amazonaws.com') as c
    where c.event_name = 'CreateEnvironment'
),

account_starts as (
    select e.account_id, min(e.event_time) as first_time
    from aws_cloudtrail_event as e
    group by e.account_id
),

first_uses as (
    select e.*
    from environments as e
    qualify row_number() over (partition by e.account_id, e.actor order by e.event_time, e.event_id) = 1
)

select
    f.event_time, f.account_id, f.region, f.actor, f.source_ip_address, f.event_name, f.region as target,
    concat('first environment of the principal in this run', ', through ' || f.invoked_by) as detail,
    f.event_id
from first_uses as f
inner join account_starts as s on s.account_id = f.account_id
where f.event_time > s.first_time + to_days($days)
order by f.event_time desc, f.event_id
