-- title: Account removed from the organization or closed, or its organization policies weakened
-- kind: detection
-- severity: high
-- tags: mitre:T1666, tactic:defense_evasion, cloudtrail
--
-- Detects that an account leaves the organization or its organizational unit, or is closed, and that the policies or
-- services that protect it are removed. Service control policies also restrict administrators. An attacker can detach
-- or delete the policy, remove its denials, replace it with a policy that allows everything, disable the policy type,
-- or move the account. Failed attempts are included. An updated or attached policy is a finding if its content denies
-- nothing and allows everything; if the run has the former content, each denial that was removed or narrowed is listed.
-- Other findings are calls that end the access of an AWS service, a delegated administrator or a Control Tower control.
-- An account that leaves also leaves the trail and the GuardDuty of the organization. Invite the account again or
-- restore the policy, and review the activity since.
-- False positives: accounts that are sold, closed or moved between organizational units, and policies that
-- infrastructure as code replaces: the same principal detaches one and attaches another in the same minute. Requests
-- that detach or delete a policy contain only its ID, so tag and backup policies look the same; they are excluded if
-- another event, such as CreatePolicy, contains their type.

with calls as (
    select
        e.event_time, e.account_id, e.region,
        coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
        e.source_ip_address, e.event_name, e.error_code, e.request_parameters,
        coalesce(e.request_parameters ->> '$.policyId', e.response_elements ->> '$.policy.policySummary.id') as policy_id,
        coalesce(
            e.response_elements ->> '$.policy.policySummary.type', e.request_parameters ->> '$.policyType',
            e.request_parameters ->> '$.type'
        ) as policy_type,
        e.request_parameters ->> '$.content' as content,
        coalesce(e.user_type, '') = 'AWSService'
        or coalesce(iam_is_service_linked_role(e.issuer_arn), false) as is_by_service,
        e.invoked_by, e.event_id
    from aws_cloudtrail_event as e
    where
        (
            e.event_source = 'organizations.amazonaws.com'
            and e.event_name in (
                'LeaveOrganization', 'RemoveAccountFromOrganization', 'DeleteOrganization', 'MoveAccount', 'CreatePolicy',
                'UpdatePolicy', 'DeletePolicy', 'AttachPolicy', 'DetachPolicy', 'DisablePolicyType',
                'DisableAWSServiceAccess', 'DeregisterDelegatedAdministrator', 'CloseAccount'
            )
        )
        or (
            e.event_source = 'controltower.amazonaws.com'
            and e.event_name in ('DisableControl', 'DisableBaseline', 'DeleteLandingZone')
        )
),

-- Calls of AWS services are not findings, but their events also contain the type and the content of policies.
policy_types as (
    select c.policy_id, max(c.policy_type) as policy_type
    from calls as c
    where c.error_code is null and c.policy_id is not null
    group by c.policy_id
),

-- The content in the run can be newer than the event, so it is used only where a policy is attached.
contents as (
    select c.policy_id, c.event_time, max(c.content) as content
    from calls as c
    where c.event_name in ('CreatePolicy', 'UpdatePolicy') and c.error_code is null and c.content is not null
    group by c.policy_id, c.event_time
    union all
    select p.id, timestamp '1970-01-01 00:00:00', max(cast(p.content as varchar))
    from aws_organizations_policy as p
    where p.content is not null
    group by p.id
),

policy_comparisons as (
    select
        c.*, coalesce(c.policy_type, t.policy_type) as known_type,
        case
            when c.event_name = 'AttachPolicy' then c.policy_id in ('p-FullAWSAccess', 'p-RCPFullAWSAccess')
                or (json_exists(try_cast(f.content as json), '$.Statement') and iam_restricts_nothing(f.content))
            when c.event_name = 'UpdatePolicy' and json_exists(try_cast(c.content as json), '$.Statement')
                then iam_restricts_nothing(c.content)
        end as is_empty,
        case
            when c.event_name = 'UpdatePolicy' and f.event_time > timestamp '1970-01-01 00:00:00'
                then iam_removed_denies(f.content, c.content)
        end as lost_denials
    from calls as c
    left join policy_types as t on t.policy_id = c.policy_id
    asof left join contents as f on f.policy_id = c.policy_id and f.event_time < c.event_time
    where not c.is_by_service
),

change_descriptions as (
    select
        c.*,
        case c.event_name
            when 'DetachPolicy' then concat('detach policy ', c.policy_id)
            when 'DeletePolicy' then concat('delete policy ', c.policy_id)
            when 'AttachPolicy' then case
                when c.is_empty then concat('attach policy ', c.policy_id, ', which denies nothing and allows everything')
            end
            when 'CloseAccount' then 'close the account'
            when 'UpdatePolicy' then case
                when c.is_empty
                    then concat('remove the restrictions of policy ', c.policy_id, ': it denies nothing and allows everything')
                when len(c.lost_denials) > 0
                    then concat('weaken policy ', c.policy_id, ', which denied ', array_to_string(c.lost_denials, '; '))
            end
            when 'DisablePolicyType' then concat('disable ', c.request_parameters ->> '$.policyType')
            when 'DisableAWSServiceAccess'
                then concat('disable access of ', c.request_parameters ->> '$.servicePrincipal')
            when 'MoveAccount' then case
                when (c.request_parameters ->> '$.sourceParentId') like 'ou-%' then concat(
                    'move from ', c.request_parameters ->> '$.sourceParentId', ' to ',
                    c.request_parameters ->> '$.destinationParentId'
                )
            end
            when 'RemoveAccountFromOrganization' then 'remove the account'
            when 'DeregisterDelegatedAdministrator' then concat(
                'deregister the delegated administrator of ', c.request_parameters ->> '$.servicePrincipal'
            )
            when 'LeaveOrganization' then 'leave the organization'
            when 'DeleteOrganization' then 'delete the organization'
            when 'DisableControl' then concat(
                'disable control ',
                coalesce(
                    c.request_parameters ->> '$.controlIdentifier', c.request_parameters ->> '$.enabledControlIdentifier'
                )
            )
            when 'DisableBaseline'
                then concat('disable baseline ', c.request_parameters ->> '$.enabledBaselineIdentifier')
            when 'DeleteLandingZone' then 'delete the landing zone'
        end as change
    from policy_comparisons as c
    where
        coalesce(c.known_type, '') not in (
            'TAG_POLICY', 'BACKUP_POLICY', 'AISERVICES_OPT_OUT_POLICY', 'CHATBOT_POLICY', 'UPGRADE_ROLLOUT_POLICY'
        )
)

select
    d.event_time, d.account_id, d.region, d.actor, d.source_ip_address, d.event_name,
    coalesce(
        d.request_parameters ->> '$.accountId', d.request_parameters ->> '$.targetId',
        d.request_parameters ->> '$.rootId', d.request_parameters ->> '$.targetIdentifier', d.policy_id, d.account_id
    ) as target,
    concat('failed: ' || d.error_code || ', ', d.change, ', through ' || d.invoked_by) as detail,
    d.event_id
from change_descriptions as d
where d.change is not null
order by d.event_time desc, d.event_id
