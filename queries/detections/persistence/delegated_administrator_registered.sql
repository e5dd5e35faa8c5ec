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
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
        coalesce(
            c.request_parameters ->> '$.accountId', c.request_parameters ->> '$.adminAccountId',
            c.request_parameters ->> '$.delegatedAdminAccountId', c.request_parameters ->> '$.memberAccountId',
            c.request_parameters ->> '$.accountID', c.account_id
        ) as target,
        coalesce(c.request_parameters ->> '$.servicePrincipal', c.event_source) as service,
        iam_document_statements(try_cast(c.request_parameters ->> '$.content' as json)) as statements,
        c.invoked_by, c.event_id
    from recorded_calls() as c
    where
        (
            (
                c.event_source = 'organizations.amazonaws.com'
                and c.event_name in ('RegisterDelegatedAdministrator', 'PutResourcePolicy')
            )
            or c.event_name in (
                'EnableOrganizationAdminAccount', 'EnableDelegatedAdminAccount', 'RegisterOrganizationDelegatedAdmin',
                'RegisterDelegatedAdmin', 'EnableIpamOrganizationAdminAccount'
            )
        )
        and c.error_code is null
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
