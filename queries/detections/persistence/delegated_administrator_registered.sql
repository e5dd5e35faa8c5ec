-- title: Delegated administrator registered, or delegation policy of the organization changed
-- kind: detection
-- severity: high
-- tags: mitre:T1098.003, mitre:T1484, tactic:persistence, cloudtrail
--
-- Detects member accounts that become the administrator of an AWS service for the organization, and changes of the
-- resource-based policy of the organization. A delegated administrator of IAM, IAM Identity Center, CloudFormation or
-- Backup can act in every account; the policy lets member accounts change organization policies. `detail` contains the
-- service, or the principals of the policy. Check that the account belongs to the team that is responsible, and
-- deregister it otherwise.
-- False positives: the setup of a security or operations account. It happens once for each service and has a change
-- request.

with changes as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
        coalesce(
            e.request_parameters ->> '$.accountId', e.request_parameters ->> '$.adminAccountId',
            e.request_parameters ->> '$.delegatedAdminAccountId', e.request_parameters ->> '$.memberAccountId',
            e.request_parameters ->> '$.accountID', e.account_id
        ) as target,
        coalesce(e.request_parameters ->> '$.servicePrincipal', e.event_source) as service,
        iam_document_statements(try_cast(e.request_parameters ->> '$.content' as json)) as statements,
        e.invoked_by, e.event_id
    from recorded_calls() as e
    where
        (
            (
                e.event_source = 'organizations.amazonaws.com'
                and e.event_name in ('RegisterDelegatedAdministrator', 'PutResourcePolicy')
            )
            or e.event_name in (
                'EnableOrganizationAdminAccount', 'EnableDelegatedAdminAccount', 'RegisterOrganizationDelegatedAdmin',
                'RegisterDelegatedAdmin', 'EnableIpamOrganizationAdminAccount'
            )
        )
        and e.error_code is null
)

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, c.target,
    concat(
        case
            when c.event_name = 'PutResourcePolicy' then concat(
                'delegation policy for ',
                coalesce(
                    array_to_string(
                        list_sort(list_distinct(flatten([
                            [principal_."value" for principal_ in statement_.principals] for statement_ in c.statements
                            if statement_.effect = 'Allow'
                        ]))),
                        ', '
                    ),
                    'principals that the event does not contain'
                )
            )
            else concat('delegated administrator of ', c.service)
        end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from changes as c
order by c.event_time desc, c.event_id
