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
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    coalesce(c.request_parameters ->> '$.ProductSubscriptionArn', c.target, c.account_id) as target,
    concat(
        split_part(c.event_source, '.', 1),
        ': ' || coalesce(
            c.request_parameters ->> '$.StandardsSubscriptionArns', c.request_parameters ->> '$.AccountIds'
        ),
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from recorded_calls() as c
where
    c.event_source in ('securityhub.amazonaws.com', 'macie2.amazonaws.com', 'inspector2.amazonaws.com')
    and scan_filter(c.event_name in (
        'DisableSecurityHub', 'DisableSecurityHubV2', 'BatchDisableStandards', 'DisableImportFindingsForProduct',
        'DisableMacie', 'UpdateMacieSession', 'CreateFindingsFilter', 'UpdateFindingsFilter', 'Disable', 'CreateFilter',
        'UpdateFilter', 'DisassociateFromMasterAccount', 'DisassociateFromAdministratorAccount', 'DisassociateMember',
        'DisassociateMembers', 'DeleteMember', 'DeleteMembers', 'DisableOrganizationAdminAccount',
        'DisableDelegatedAdminAccount'
    ))
    and case
        when c.event_name = 'UpdateMacieSession' then (c.request_parameters ->> '$.status') = 'PAUSED'
        when c.event_name in ('CreateFindingsFilter', 'UpdateFindingsFilter')
            then (c.request_parameters ->> '$.action') = 'ARCHIVE'
        when c.event_name in ('CreateFilter', 'UpdateFilter') then (c.request_parameters ->> '$.action') = 'SUPPRESS'
        else true
    end
    and c.error_code is null
order by c.event_time desc, c.event_id
