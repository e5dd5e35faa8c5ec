-- title: CloudWatch alarm, EventBridge rule or log group deleted or disabled
-- kind: detection
-- severity: low
-- tags: mitre:T1562.001, mitre:T1070, tactic:defense_evasion, cloudtrail
-- param: retention_days integer = 8          # Shortest accepted retention period, in days
-- param: excluded text = '^TargetTracking-'  # Regular expression for names to exclude
--
-- Detects the deletion or disabling of CloudWatch alarms, EventBridge rules, log groups and their filters, and short
-- retention periods of log groups. Alarms and rules notify people of what CloudTrail records, and log groups hold the
-- output of applications and functions. Find out what the alarm or rule monitored, and whether it is created again.
-- The content of a deleted log group cannot be recovered.
-- False positives: deployments that rename or delete resources, most of them through CloudFormation, which `detail`
-- names. `$excluded` excludes the alarms that scaling policies create and delete; add other names to this pattern.

with changes as (
    select
        c.*,
        coalesce(
            c.request_parameters ->> '$.alarmNames', c.request_parameters ->> '$.alarmName',
            c.request_parameters ->> '$.logGroupName', c.request_parameters ->> '$.name',
            c.request_parameters ->> '$.rule', c.request_parameters ->> '$.destinationName'
        ) as names,
        case
            when json_type(c.request_parameters, '$.alarmNames') = 'ARRAY' then c.request_parameters ->> '$.alarmNames[*]'
            else [coalesce(
                c.request_parameters ->> '$.alarmName', c.request_parameters ->> '$.logGroupName',
                c.request_parameters ->> '$.name', c.request_parameters ->> '$.rule', ''
            )]
        end as each_name
    from recorded_calls() as c
    where
        c.event_source in ('monitoring.amazonaws.com', 'logs.amazonaws.com', 'events.amazonaws.com')
        and scan_filter(c.event_name in (
            'DeleteAlarms', 'DisableAlarmActions', 'DeleteLogGroup', 'DeleteLogStream', 'DeleteMetricFilter',
            'DeleteSubscriptionFilter', 'DeleteDestination', 'DisableRule', 'DeleteRule', 'RemoveTargets',
            'PutMetricAlarm', 'PutRule', 'PutRetentionPolicy'
        ))
        and case c.event_name
            when 'PutMetricAlarm' then (c.request_parameters ->> '$.actionsEnabled') = 'false'
            when 'PutRule' then (c.request_parameters ->> '$.state') = 'DISABLED'
            when 'PutRetentionPolicy' then try_cast(c.request_parameters ->> '$.retentionInDays' as integer) < $retention_days
            else true
        end
        and c.error_code is null
)

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, c.names as target,
    concat(
        case c.event_source
            when 'monitoring.amazonaws.com' then 'alarm'
            when 'logs.amazonaws.com' then 'logs'
            else 'event rule'
        end,
        ', filter ' || (c.request_parameters ->> '$.filterName'),
        ', retention ' || (c.request_parameters ->> '$.retentionInDays') || ' days',
        case c.event_name
            when 'PutMetricAlarm' then ', actions disabled'
            when 'PutRule' then ', disabled'
            when 'RemoveTargets' then ', targets removed'
        end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from changes as c
-- Of several alarms, each has to be one that is excluded.
where len(c.each_name) = 0 or len([name for name in c.each_name if not regexp_matches(coalesce(name, ''), $excluded)]) > 0
order by c.event_time desc, c.event_id
