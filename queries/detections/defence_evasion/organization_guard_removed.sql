-- title: An account left the organization, or its guard rails were taken away
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1666, tactic:defence_evasion, cloudtrail
--
-- Service control policies hold for administrators too, so whoever wants out of them leaves the organization, moves the
-- account out of its organizational unit, detaches or deletes the policy, empties it in place, or switches the type of
-- policy off; refused attempts are shown too. A policy is emptied when its new content denies nothing and allows
-- everything; where the log has its former content, each denial that is gone, or that now spares more, is named (without
-- it, an update that still denies something is not judged). Ending a service's access to the organization, its delegated
-- administrator or a control of Control Tower takes the watchers away. An account that leaves also leaves the
-- organization's trail and GuardDuty. Invite it again, or put the policy back, and look at what was done in between.
-- False positives: a sale or closing of an account, accounts moved between units, and the rebuilding of policies as code,
-- where a policy is detached and another attached by the same actor in the same minute. Tag and backup policies look
-- alike when detached or deleted, since the request names only an id: they are passed over where another event of the
-- log, such as CreatePolicy, has their type.

with calls as (
    select
        e.event_time, e.account_id, e.region,
        coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
        e.source_ip_address as source_ip, e.event_source, e.event_name, e.error_code, e.request_parameters as asked,
        coalesce(e.request_parameters ->> '$.policyId', e.response_elements ->> '$.policy.policySummary.id') as policy_id,
        coalesce(
            e.response_elements ->> '$.policy.policySummary.type', e.request_parameters ->> '$.policyType',
            e.request_parameters ->> '$.type'
        ) as policy_type,
        e.request_parameters ->> '$.content' as content,
        coalesce(e.user_type, '') = 'AWSService'
        or coalesce(e.issuer_arn, '') like '%:role/aws-service-role/%' as by_service,
        e.invoked_by, e.event_id
    from aws_cloudtrail_event as e
    where
        (
            e.event_source = 'organizations.amazonaws.com'
            and e.event_name in (
                'LeaveOrganization', 'RemoveAccountFromOrganization', 'DeleteOrganization', 'MoveAccount', 'CreatePolicy',
                'UpdatePolicy', 'DeletePolicy', 'DetachPolicy', 'DisablePolicyType', 'DisableAWSServiceAccess',
                'DeregisterDelegatedAdministrator'
            )
        )
        or (
            e.event_source = 'controltower.amazonaws.com'
            and e.event_name in ('DisableControl', 'DisableBaseline', 'DeleteLandingZone')
        )
),

types as (
    select c.policy_id, max(c.policy_type) as policy_type
    from calls as c
    where c.error_code is null and c.policy_id is not null
    group by c.policy_id
),

former as (
    select c.event_id, arg_max(f.content, f.event_time) as content
    from calls as c
    inner join calls as f
        on
            f.policy_id = c.policy_id
            and f.event_time < c.event_time
            and f.content is not null
            and f.error_code is null
            and f.event_name in ('CreatePolicy', 'UpdatePolicy')
    where c.event_name = 'UpdatePolicy' and c.content is not null
    group by c.event_id
),

compared as (
    select
        c.*, coalesce(c.policy_type, t.policy_type) as known_type,
        case
            when c.event_name = 'UpdatePolicy' and json_exists(try_cast(c.content as json), '$.Statement')
                then iam_restricts_nothing(c.content)
        end as is_empty,
        case when c.event_name = 'UpdatePolicy' then iam_removed_denies(f.content, c.content) end as lost
    from calls as c
    left join types as t on t.policy_id = c.policy_id
    left join former as f on f.event_id = c.event_id
    where not c.by_service
),

worded as (
    select
        c.*,
        case c.event_name
            when 'DetachPolicy' then concat('detach policy ', c.policy_id)
            when 'DeletePolicy' then concat('delete policy ', c.policy_id)
            when 'UpdatePolicy' then case
                when c.is_empty then concat('empty policy ', c.policy_id, ': it denies nothing and allows everything')
                when len(c.lost) > 0
                    then concat('weaken policy ', c.policy_id, ', which denied ', array_to_string(c.lost, '; '))
            end
            when 'DisablePolicyType' then concat('switch off ', c.asked ->> '$.policyType')
            when 'DisableAWSServiceAccess' then concat('no more access for ', c.asked ->> '$.servicePrincipal')
            when 'MoveAccount' then case
                when (c.asked ->> '$.sourceParentId') like 'ou-%' then concat(
                    'move from ', c.asked ->> '$.sourceParentId', ' to ', c.asked ->> '$.destinationParentId'
                )
            end
            when 'RemoveAccountFromOrganization' then 'remove the account'
            when 'DeregisterDelegatedAdministrator'
                then concat('no more administrator of ', c.asked ->> '$.servicePrincipal')
            when 'LeaveOrganization' then 'leave'
            when 'DeleteOrganization' then 'delete the organization'
            when 'DisableControl' then concat(
                'disable control ',
                coalesce(c.asked ->> '$.controlIdentifier', c.asked ->> '$.enabledControlIdentifier')
            )
            when 'DisableBaseline' then concat('disable baseline ', c.asked ->> '$.enabledBaselineIdentifier')
            when 'DeleteLandingZone' then 'delete the landing zone'
        end as words
    from compared as c
    where
        coalesce(c.known_type, '') not in (
            'TAG_POLICY', 'BACKUP_POLICY', 'AISERVICES_OPT_OUT_POLICY', 'CHATBOT_POLICY', 'UPGRADE_ROLLOUT_POLICY'
        )
)

select
    w.event_time, w.account_id, w.region, w.actor, w.source_ip, w.event_name,
    coalesce(
        w.asked ->> '$.accountId', w.asked ->> '$.targetId', w.asked ->> '$.rootId', w.asked ->> '$.targetIdentifier',
        w.policy_id, w.account_id
    ) as target,
    concat(
        case when w.error_code is not null then concat('refused: ', w.error_code, ', ') end,
        w.words, ', through ' || w.invoked_by
    ) as detail,
    w.event_id
from worded as w
where w.words is not null
order by w.event_time desc, w.event_id
