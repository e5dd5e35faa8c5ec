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
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    coalesce(c.request_parameters ->> '$.detectorId', c.target) as target,
    concat(
        case
            when c.event_name = 'DeleteDetector' then 'detector deleted'
            when c.event_name = 'UpdateDetector' and (c.request_parameters ->> '$.enable') = 'false'
                then 'detector suspended'
            when c.event_name in ('UpdateDetector', 'UpdateMemberDetectors') then concat(
                'features changed: ',
                left(coalesce(c.request_parameters ->> '$.features', c.request_parameters ->> '$.dataSources'), 300)
            )
            when c.event_name = 'UpdateOrganizationConfiguration' then 'no automatic enablement for new accounts'
            when c.event_name like '%TrustedEntitySet'
                then concat('trusted entity list at ', c.request_parameters ->> '$.location')
            when c.event_name like '%ThreatEntitySet' or c.event_name like '%ThreatIntelSet'
                then 'threat list deleted or deactivated'
            when c.event_name like '%IPSet'
                then concat('trusted IP list at ', c.request_parameters ->> '$.location')
            when c.event_name like '%Filter' then concat('archives findings by filter ', c.request_parameters ->> '$.name')
            when c.event_name = 'DeletePublishingDestination' then 'export of findings stopped'
            when c.event_name like 'DisassociateFrom%' then 'left the administrator account'
            when c.event_name = 'DisableOrganizationAdminAccount'
                then concat('delegated administrator removed', ': ' || (c.request_parameters ->> '$.adminAccountId'))
            when c.event_name = 'StopMonitoringMembers'
                then concat('members no longer monitored', ': ' || (c.request_parameters ->> '$.accountIds'))
            else concat('members removed', ': ' || (c.request_parameters ->> '$.accountIds'))
        end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from successful_calls('guardduty.amazonaws.com') as c
where
    (
        c.event_name in (
            'DeleteDetector', 'DisassociateFromMasterAccount', 'DisassociateFromAdministratorAccount', 'DeleteMembers',
            'DisassociateMembers', 'StopMonitoringMembers', 'DisableOrganizationAdminAccount', 'CreateIPSet',
            'DeleteThreatIntelSet', 'DeletePublishingDestination', 'CreateTrustedEntitySet', 'DeleteThreatEntitySet'
        )
        or (c.event_name = 'UpdateDetector' and (c.request_parameters ->> '$.enable') = 'false')
        or (
            c.event_name in ('UpdateDetector', 'UpdateMemberDetectors')
            and (
                contains(cast(c.request_parameters -> '$.features' as varchar), '"DISABLED"')
                or regexp_matches(cast(c.request_parameters -> '$.dataSources' as varchar), ':"?false')
            )
        )
        or (
            c.event_name = 'UpdateOrganizationConfiguration'
            and (
                (c.request_parameters ->> '$.autoEnable') = 'false'
                or (c.request_parameters ->> '$.autoEnableOrganizationMembers') = 'NONE'
            )
        )
        or (
            c.event_name in ('UpdateIPSet', 'UpdateTrustedEntitySet')
            and (c.request_parameters ->> '$.location') is not null
        )
        or (
            c.event_name in ('UpdateThreatIntelSet', 'UpdateThreatEntitySet')
            and (c.request_parameters ->> '$.activate') = 'false'
        )
        or (
            c.event_name in ('CreateFilter', 'UpdateFilter')
            and (c.request_parameters ->> '$.action') = 'ARCHIVE'
        )
    )
order by c.event_time desc, c.event_id
