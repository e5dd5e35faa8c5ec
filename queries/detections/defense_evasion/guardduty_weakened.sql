-- title: GuardDuty disabled, restricted or separated from its administrator account
-- kind: detection
-- severity: high
-- tags: mitre:T1562.001, tactic:defense_evasion, cloudtrail
--
-- Detects changes that reduce the coverage of GuardDuty: a detector that is deleted or suspended, features that are
-- disabled, automatic enablement that is turned off, threat lists or exports of findings that are removed, trusted
-- lists, filters that archive findings, and member accounts that are separated from the administrator account. Threat
-- detection in the Region stops, ignores matching activity, or no longer reports to the security team. Undo the change,
-- review the list or filter, and look for findings in the hours around it.
-- False positives: tuning by the security team, such as a list of scanners or a filter for a known finding, and
-- accounts that are being closed. Such changes come from the delegated administrator account.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    coalesce(e.request_parameters ->> '$.detectorId', e.target) as target,
    concat(
        case
            when e.event_name = 'DeleteDetector' then 'detector deleted'
            when e.event_name = 'UpdateDetector' and (e.request_parameters ->> '$.enable') = 'false'
                then 'detector suspended'
            when e.event_name in ('UpdateDetector', 'UpdateMemberDetectors') then concat(
                'features disabled: ',
                left(coalesce(e.request_parameters ->> '$.features', e.request_parameters ->> '$.dataSources'), 300)
            )
            when e.event_name = 'UpdateOrganizationConfiguration' then 'no automatic enablement for new accounts'
            when e.event_name like '%TrustedEntitySet'
                then concat('trusted entity list at ', e.request_parameters ->> '$.location')
            when e.event_name like '%ThreatEntitySet' then 'threat list removed'
            when e.event_name like '%IPSet'
                then concat('trusted IP list at ', e.request_parameters ->> '$.location')
            when e.event_name like '%ThreatIntelSet' then 'threat list removed'
            when e.event_name like '%Filter' then concat('archives findings by filter ', e.request_parameters ->> '$.name')
            when e.event_name = 'DeletePublishingDestination' then 'export of findings stopped'
            else concat('members: ', coalesce(e.request_parameters ->> '$.accountIds', e.account_id))
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from successful_calls('guardduty.amazonaws.com') as e
where
    (
        e.event_name in (
            'DeleteDetector', 'DisassociateFromMasterAccount', 'DisassociateFromAdministratorAccount', 'DeleteMembers',
            'DisassociateMembers', 'StopMonitoringMembers', 'DisableOrganizationAdminAccount', 'CreateIPSet',
            'DeleteThreatIntelSet', 'DeletePublishingDestination', 'CreateTrustedEntitySet', 'DeleteThreatEntitySet'
        )
        or (e.event_name = 'UpdateDetector' and (e.request_parameters ->> '$.enable') = 'false')
        or (
            e.event_name in ('UpdateDetector', 'UpdateMemberDetectors')
            and (
                contains(cast(e.request_parameters -> '$.features' as varchar), '"DISABLED"')
                or regexp_matches(cast(e.request_parameters -> '$.dataSources' as varchar), ':"?false')
            )
        )
        or (
            e.event_name = 'UpdateOrganizationConfiguration'
            and (
                (e.request_parameters ->> '$.autoEnable') = 'false'
                or (e.request_parameters ->> '$.autoEnableOrganizationMembers') = 'NONE'
            )
        )
        or (
            e.event_name in ('UpdateIPSet', 'UpdateTrustedEntitySet')
            and (e.request_parameters ->> '$.location') is not null
        )
        or (
            e.event_name in ('UpdateThreatIntelSet', 'UpdateThreatEntitySet')
            and (e.request_parameters ->> '$.activate') = 'false'
        )
        or (
            e.event_name in ('CreateFilter', 'UpdateFilter')
            and (e.request_parameters ->> '$.action') = 'ARCHIVE'
        )
    )
order by e.event_time desc, e.event_id
