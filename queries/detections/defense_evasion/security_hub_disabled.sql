-- title: Security Hub, Macie or Inspector disabled, or separated from its administrator account
-- kind: detection
-- severity: medium
-- tags: mitre:T1562.001, tactic:defense_evasion, cloudtrail
--
-- Detects that Security Hub, Macie or Inspector was disabled, that standards or integrations of Security Hub were
-- disabled, that findings are suppressed by a filter, or that a member account left its administrator account. The
-- security team no longer receives findings of the account and Region. Enable the service again, and check what else
-- the principal disabled. Findings of Security Hub are deleted 90 days after it was disabled.
-- False positives: a migration to central configuration, or an account that is being closed. Such changes come from
-- the delegated administrator account.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name,
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
    (
        (
            e.event_source = 'securityhub.amazonaws.com'
            and e.event_name in (
                'DisableSecurityHub', 'DisableSecurityHubV2', 'BatchDisableStandards', 'DisassociateFromMasterAccount',
                'DisassociateFromAdministratorAccount', 'DisassociateMembers', 'DeleteMembers',
                'DisableOrganizationAdminAccount', 'DisableImportFindingsForProduct'
            )
        )
        or (
            e.event_source = 'macie2.amazonaws.com'
            and (
                e.event_name in (
                    'DisableMacie', 'DisassociateFromMasterAccount', 'DisassociateFromAdministratorAccount',
                    'DisassociateMember', 'DeleteMember', 'DisableOrganizationAdminAccount'
                )
                or (e.event_name = 'UpdateMacieSession' and (e.request_parameters ->> '$.status') = 'PAUSED')
                or (
                    e.event_name in ('CreateFindingsFilter', 'UpdateFindingsFilter')
                    and (e.request_parameters ->> '$.action') = 'ARCHIVE'
                )
            )
        )
        or (
            e.event_source = 'inspector2.amazonaws.com'
            and (
                e.event_name in ('Disable', 'DisassociateMember', 'DisableDelegatedAdminAccount')
                or (
                    e.event_name in ('CreateFilter', 'UpdateFilter')
                    and (e.request_parameters ->> '$.action') = 'SUPPRESS'
                )
            )
        )
    )
    and e.error_code is null
order by e.event_time desc, e.event_id
