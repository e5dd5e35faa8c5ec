-- title: Ensure delegated administrators are known and intended
-- kind: control
-- severity: medium
-- version: 1
-- tags: organization, manual, cis_v7.0:2.1.5, cis_v7.0:2.1.6
--
-- A delegated administrator acts on the whole organization for a service: who administers IAM or Identity Center can
-- get into every account. Security services should be with a security account and never with one that runs workloads.
-- One row for each, with the services; whether they are right only a person can say.

with services as (
    select
        s.delegated_account_id,
        string_agg(s.service_principal, ', ' order by s.service_principal) as names
    from aws_organizations_delegated_services_for_account as s
    group by s.delegated_account_id
)

select
    concat('arn:', r."partition", ':::', coalesce(d.id, r.management_account_id)) as resource,
    'info' as status,
    case
        when d.id is null then 'No account is a delegated administrator; look whether a security account should be.'
        else concat('Look whether ', d.name, ' should administer ', coalesce(s.names, 'what it does'), '.')
    end as reason,
    coalesce(d.id, r.management_account_id) as account_id, 'global' as region
from iamsql.run as r
left join aws_organizations_delegated_administrator as d on true
left join services as s on s.delegated_account_id = d.id
left join iamsql.accounts as a on a.account_id = coalesce(d.id, r.management_account_id)
where r.management_account_id is not null
order by a.position, d.id
