-- title: Alarms, event rules or log groups were deleted or silenced
-- kind: detection
-- severity: low
-- version: 1
-- tags: mitre:T1562.001, mitre:T1070, tactic:defence_evasion, cloudtrail
-- param: keep integer = 8   # Days that logs must be kept at least
-- param: passed_over text = '^TargetTracking-'   # Names that do not count, as a pattern
--
-- Alarms and event rules are how people hear of what CloudTrail records, and log groups hold what applications and
-- functions wrote. Look at what the alarm or rule watched and whether somebody makes it anew; a log group that is
-- deleted is gone, with all it held.
-- False positives: deployments that rename or clear things away, above all through CloudFormation (said in `detail`).
-- Alarms that scaling policies make and delete by themselves are left out, and so are names in `$passed_over`.

select
    e.event_time, e.account_id, e.region,
    coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
    e.source_ip_address as source_ip, e.event_name,
    coalesce(
        e.request_parameters ->> '$.alarmNames', e.request_parameters ->> '$.alarmName',
        e.request_parameters ->> '$.logGroupName', e.request_parameters ->> '$.name',
        e.request_parameters ->> '$.rule', e.request_parameters ->> '$.destinationName'
    ) as target,
    concat(
        case e.event_source
            when 'monitoring.amazonaws.com' then 'alarm'
            when 'logs.amazonaws.com' then 'logs'
            else 'event rule'
        end,
        ', filter ' || (e.request_parameters ->> '$.filterName'),
        ', kept ' || (e.request_parameters ->> '$.retentionInDays') || ' days',
        case e.event_name
            when 'PutMetricAlarm' then ', actions off'
            when 'PutRule' then ', switched off'
            when 'RemoveTargets' then ', targets removed'
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from aws_cloudtrail_event as e
where
    e.event_source in ('monitoring.amazonaws.com', 'logs.amazonaws.com', 'events.amazonaws.com')
    and e.event_name in (
        'DeleteAlarms', 'DisableAlarmActions', 'DeleteLogGroup', 'DeleteLogStream', 'DeleteMetricFilter',
        'DeleteSubscriptionFilter', 'DeleteDestination', 'DisableRule', 'DeleteRule', 'RemoveTargets', 'PutMetricAlarm',
        'PutRule', 'PutRetentionPolicy'
    )
    and case e.event_name
        when 'PutMetricAlarm' then (e.request_parameters ->> '$.actionsEnabled') = 'false'
        when 'PutRule' then (e.request_parameters ->> '$.state') = 'DISABLED'
        when 'PutRetentionPolicy' then try_cast(e.request_parameters ->> '$.retentionInDays' as integer) < $keep
        else true
    end
    and not regexp_matches(
        coalesce(
            e.request_parameters ->> '$.alarmNames[0]', e.request_parameters ->> '$.alarmName',
            e.request_parameters ->> '$.logGroupName', e.request_parameters ->> '$.name',
            e.request_parameters ->> '$.rule', ''
        ),
        $passed_over
    )
    and e.error_code is null
    and e.user_type is distinct from 'AWSService'
    and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
order by e.event_time desc, e.event_id
