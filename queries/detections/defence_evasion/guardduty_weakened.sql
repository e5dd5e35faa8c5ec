-- title: GuardDuty was switched off, blinded or left without its administrator
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1562.001, tactic:defence_evasion, cloudtrail
--
-- Deleting or suspending the detector ends threat detection in that region; a trusted IP list or an archiving filter
-- blinds it for what matches; leaving the administrator account keeps the findings from those who watch. Switch it on
-- again, read the list or filter that was put in, and look for the findings of the hours around.
-- False positives: tuning by the security team (a list of scanners, a filter for a known finding), and accounts being
-- closed. It comes from the delegated administrator's people.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name,
    coalesce(e.request_parameters ->> '$.detectorId', e.target) as target,
    concat(
        case
            when e.event_name = 'DeleteDetector' then 'detector deleted'
            when e.event_name = 'UpdateDetector' and (e.request_parameters ->> '$.enable') = 'false'
                then 'detector suspended'
            when e.event_name in ('UpdateDetector', 'UpdateMemberDetectors') then concat(
                'features off: ',
                left(coalesce(e.request_parameters ->> '$.features', e.request_parameters ->> '$.dataSources'), 300)
            )
            when e.event_name = 'UpdateOrganizationConfiguration' then 'new accounts are not watched any more'
            when e.event_name like '%TrustedEntitySet'
                then concat('trusted entities from ', e.request_parameters ->> '$.location')
            when e.event_name like '%ThreatEntitySet' then 'threat list taken away'
            when e.event_name like '%IPSet'
                then concat('trusted addresses from ', e.request_parameters ->> '$.location')
            when e.event_name like '%ThreatIntelSet' then 'threat list taken away'
            when e.event_name like '%Filter' then concat('archives what matches ', e.request_parameters ->> '$.name')
            when e.event_name = 'DeletePublishingDestination' then 'export of findings ended'
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
