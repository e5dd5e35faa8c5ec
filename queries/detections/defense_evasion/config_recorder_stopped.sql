-- title: AWS Config recorder stopped, restricted or deleted
-- kind: detection
-- severity: medium
-- tags: mitre:T1562.001, mitre:T1562.008, tactic:defense_evasion, cloudtrail
--
-- Detects that the configuration recorder of AWS Config was stopped or deleted, that its delivery channel was deleted,
-- or that it no longer records resources of IAM or CloudTrail. Config keeps the history of resource configurations;
-- changes made while it is stopped leave no history. Start the recorder again, and use CloudTrail events for the period
-- in between.
-- False positives: cost savings in test accounts, or a landing zone that replaces the recorder with its own. The new
-- recorder or delivery channel follows immediately.

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    coalesce(
        c.request_parameters ->> '$.configurationRecorderName',
        c.request_parameters ->> '$.configurationRecorder.name',
        c.request_parameters ->> '$.configurationRecorderArn', c.request_parameters ->> '$.servicePrincipal',
        c.request_parameters ->> '$.deliveryChannelName', c.target
    ) as target,
    concat(
        case c.event_name
            when 'StopConfigurationRecorder' then 'recorder stopped'
            when 'DeleteConfigurationRecorder' then 'recorder deleted'
            when 'DeleteServiceLinkedConfigurationRecorder' then 'service-linked recorder deleted'
            when 'DeleteDeliveryChannel' then 'delivery channel deleted'
            else concat(
                'IAM or CloudTrail not recorded: ',
                left(coalesce(
                    c.request_parameters ->> '$.configurationRecorder.recordingGroup',
                    c.request_parameters ->> '$.resourceTypes'
                ), 300)
            )
        end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from successful_calls('config.amazonaws.com') as c
where
    (
        c.event_name in (
            'StopConfigurationRecorder', 'DeleteConfigurationRecorder', 'DeleteServiceLinkedConfigurationRecorder',
            'DeleteDeliveryChannel'
        )
        or (
            c.event_name = 'PutConfigurationRecorder'
            and (
                regexp_matches(
                    c.request_parameters ->> '$.configurationRecorder.recordingGroup.exclusionByResourceTypes',
                    'AWS::(IAM|CloudTrail)::'
                )
                or (
                    json_array_length(c.request_parameters, '$.configurationRecorder.recordingGroup.resourceTypes') > 0
                    and not regexp_matches(
                        c.request_parameters ->> '$.configurationRecorder.recordingGroup.resourceTypes',
                        'AWS::(IAM|CloudTrail)::'
                    )
                )
            )
        )
        or (
            c.event_name = 'DisassociateResourceTypes'
            and regexp_matches(c.request_parameters ->> '$.resourceTypes', 'AWS::(IAM|CloudTrail)::')
        )
    )
order by c.event_time desc, c.event_id
