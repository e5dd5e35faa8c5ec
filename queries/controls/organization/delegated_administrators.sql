-- title: Ensure delegated administrators are known and intended
-- kind: control
-- severity: medium
-- tags: organization, manual, cis_v7.0:2.1.6
-- remediation: # In the management account:
-- remediation: aws organizations register-delegated-administrator --account-id SECURITY_ACCOUNT_ID --service-principal SERVICE_PRINCIPAL
-- remediation: aws organizations deregister-delegated-administrator --account-id {account_id} --service-principal SERVICE_PRINCIPAL
--
-- A delegated administrator manages a service in the whole organization; an administrator of IAM or IAM Identity Center
-- can get access to every account. Register a security account, and never an account with workloads. This is a manual
-- check: there is one row for each delegated administrator, with its services.

with services as (
    select
        s.delegated_account_id,
        string_agg(s.service_principal, ', ' order by s.service_principal) as names
    from aws_organizations_delegated_services_for_account as s
    group by s.delegated_account_id
)

select
    coalesce(d.arn, organization_arn()) as resource,
    'info' as status,
    case
        when d.id is null then 'No account is a delegated administrator; check whether to register a security account.'
        else concat(
            'Check whether ', d.name, ' must be the delegated administrator of ', coalesce(s.names, 'its services'), '.'
        )
    end as reason,
    coalesce(d.id, r.management_account_id) as account_id, 'global' as region
from iamsql.run as r
left join aws_organizations_delegated_administrator as d on true
left join services as s on s.delegated_account_id = d.id
where r.management_account_id is not null
order by account_position(coalesce(d.id, r.management_account_id)), d.id
