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
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    coalesce(
        e.request_parameters ->> '$.configurationRecorderName',
        e.request_parameters ->> '$.configurationRecorder.name',
        e.request_parameters ->> '$.configurationRecorderArn', e.request_parameters ->> '$.servicePrincipal',
        e.request_parameters ->> '$.deliveryChannelName', e.target
    ) as target,
    concat(
        case e.event_name
            when 'StopConfigurationRecorder' then 'recorder stopped'
            when 'DeleteConfigurationRecorder' then 'recorder deleted'
            when 'DeleteServiceLinkedConfigurationRecorder' then 'service-linked recorder deleted'
            when 'DeleteDeliveryChannel' then 'delivery channel deleted'
            else concat(
                'IAM or CloudTrail not recorded: ',
                left(coalesce(
                    e.request_parameters ->> '$.configurationRecorder.recordingGroup',
                    e.request_parameters ->> '$.resourceTypes'
                ), 300)
            )
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from successful_calls('config.amazonaws.com') as e
where
    (
        e.event_name in (
            'StopConfigurationRecorder', 'DeleteConfigurationRecorder', 'DeleteServiceLinkedConfigurationRecorder',
            'DeleteDeliveryChannel'
        )
        or (
            e.event_name = 'PutConfigurationRecorder'
            and (
                regexp_matches(
                    e.request_parameters ->> '$.configurationRecorder.recordingGroup.exclusionByResourceTypes',
                    'AWS::(IAM|CloudTrail)::'
                )
                or (
                    json_array_length(e.request_parameters, '$.configurationRecorder.recordingGroup.resourceTypes') > 0
                    and not regexp_matches(
                        e.request_parameters ->> '$.configurationRecorder.recordingGroup.resourceTypes',
                        'AWS::(IAM|CloudTrail)::'
                    )
                )
            )
        )
        or (
            e.event_name = 'DisassociateResourceTypes'
            and regexp_matches(e.request_parameters ->> '$.resourceTypes', 'AWS::(IAM|CloudTrail)::')
        )
    )
order by e.event_time desc, e.event_id
