-- title: Security Hub, Macie or Inspector was switched off, or parted from its administrator
-- kind: detection
-- severity: medium
-- version: 1
-- tags: mitre:T1562.001, tactic:defence_evasion, cloudtrail
--
-- Switching Security Hub or its standards, Macie or Inspector off ends the findings that the security team looks at,
-- for that account and region. Switch it on again; findings older than 90 days are gone after that long. See what else
-- the actor switched off.
-- False positives: moving to a central configuration or closing an account, done by the delegated administrator's
-- people.

select
    e.event_time, e.account_id, e.region,
    coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
    e.source_ip_address as source_ip, e.event_name,
    coalesce(e.request_parameters ->> '$.ProductSubscriptionArn', e.target, e.account_id) as target,
    concat(
        split_part(e.event_source, '.', 1),
        ': ' || coalesce(
            e.request_parameters ->> '$.StandardsSubscriptionArns', e.request_parameters ->> '$.AccountIds'
        ),
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from aws_cloudtrail_event as e
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
    and e.user_type is distinct from 'AWSService'
    and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
order by e.event_time desc, e.event_id
