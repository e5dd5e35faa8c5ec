-- title: Security Hub, Macie or Inspector disabled, or separated from its administrator account
-- kind: detection
-- severity: medium
-- tags: mitre:T1562.001, tactic:defense_evasion, cloudtrail
--
-- Detects that Security Hub, Macie or Inspector is disabled, that standards or integrations of Security Hub are
-- disabled, that a filter suppresses findings, that a member account is separated from its administrator account, or
-- that the delegated administrator is removed. The security team no longer receives findings of the account and Region.
-- Enable the service again, and check what else the principal disabled. Security Hub deletes its findings 90 days after
-- it is disabled.
-- False positives: a migration to central configuration, or an account that is being closed. Such changes come from
-- the delegated administrator account.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    coalesce(e.request_parameters ->> '$.ProductSubscriptionArn', e.target, e.account_id) as target,
    concat(
        split_part(e.event_source, '.', 1),
        ': ' || coalesce(
            e.request_parameters ->> '$.StandardsSubscriptionArns', e.request_parameters ->> '$.AccountIds'
        ),
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from recorded_calls() as e
where
    e.event_source in ('securityhub.amazonaws.com', 'macie2.amazonaws.com', 'inspector2.amazonaws.com')
    and scan_filter(e.event_name in (
        'DisableSecurityHub', 'DisableSecurityHubV2', 'BatchDisableStandards', 'DisableImportFindingsForProduct',
        'DisableMacie', 'UpdateMacieSession', 'CreateFindingsFilter', 'UpdateFindingsFilter', 'Disable', 'CreateFilter',
        'UpdateFilter', 'DisassociateFromMasterAccount', 'DisassociateFromAdministratorAccount', 'DisassociateMember',
        'DisassociateMembers', 'DeleteMember', 'DeleteMembers', 'DisableOrganizationAdminAccount',
        'DisableDelegatedAdminAccount'
    ))
    and case
        when e.event_name = 'UpdateMacieSession' then (e.request_parameters ->> '$.status') = 'PAUSED'
        when e.event_name in ('CreateFindingsFilter', 'UpdateFindingsFilter')
            then (e.request_parameters ->> '$.action') = 'ARCHIVE'
        when e.event_name in ('CreateFilter', 'UpdateFilter') then (e.request_parameters ->> '$.action') = 'SUPPRESS'
        else true
    end
    and e.error_code is null
order by e.event_time desc, e.event_id
