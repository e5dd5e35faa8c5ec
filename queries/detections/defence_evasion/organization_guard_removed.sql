-- title: An account left the organization, or its guard rails were taken away
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1666, tactic:defence_evasion, cloudtrail
--
-- Service control policies hold for administrators too, so whoever wants out of them leaves the organization, detaches
-- the policy, or switches the type of policy off; refused attempts are shown too. An account that leaves also leaves
-- the organization's trail and GuardDuty. Invite it again, or attach the policy again, and look at what was done in
-- between.
-- False positives: a sale or closing of an account, and the rebuilding of policies as code, where a policy is detached
-- and another attached by the same actor in the same minute. Tag and backup policies look alike when detached, since
-- the request names only an id.

select
    e.event_time as event_time,
    e.account_id as account_id,
    e.region as region,
    coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
    e.source_ip_address as source_ip,
    e.event_name as event_name,
    coalesce(
        e.request_parameters ->> '$.accountId',
        e.request_parameters ->> '$.targetId',
        e.request_parameters ->> '$.rootId',
        e.account_id
    ) as target,
    concat(
        case when e.error_code is not null then concat('refused: ', e.error_code, ', ') end,
        case e.event_name
            when 'DetachPolicy' then concat('detach policy ', e.request_parameters ->> '$.policyId')
            when 'DisablePolicyType' then concat('switch off ', e.request_parameters ->> '$.policyType')
            when 'RemoveAccountFromOrganization' then 'remove the account'
            when 'DeregisterDelegatedAdministrator' then concat(
                'no more administrator of ',
                e.request_parameters ->> '$.servicePrincipal'
            )
            when 'LeaveOrganization' then 'leave'
            else 'delete the organization'
        end,
        case when e.invoked_by is not null then concat(', through ', e.invoked_by) end
    ) as detail,
    e.event_id as event_id
from aws_cloudtrail_event as e
where
    e.event_source = 'organizations.amazonaws.com'
    and (
        e.event_name in (
            'LeaveOrganization', 'RemoveAccountFromOrganization', 'DeleteOrganization', 'DetachPolicy',
            'DeregisterDelegatedAdministrator'
        )
        or (
            e.event_name = 'DisablePolicyType'
            and (e.request_parameters ->> '$.policyType') in ('SERVICE_CONTROL_POLICY', 'RESOURCE_CONTROL_POLICY')
        )
    )
    and e.user_type is distinct from 'AWSService'
    and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
order by e.event_time desc, e.event_id
