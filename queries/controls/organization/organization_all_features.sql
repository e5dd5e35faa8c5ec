-- title: Ensure all features are enabled in the organization
-- kind: control
-- severity: high
-- version: 1
-- tags: organization
--
-- An organization for consolidated billing alone has no policies: no guardrail reaches its accounts. Enable all
-- features; each invited account has to agree. One row, under the management account.

with organization as (
    select max(c.organization_feature_set) as feature_set
    from aws_account as c
)

select
    concat('arn:', r."partition", ':::', r.management_account_id) as resource,
    unnest(case
        when o.feature_set is null then unknown('the organization was not read.')
        when o.feature_set = 'ALL' then ok('The organization has all features.')
        else alarm('The organization is for consolidated billing alone.')
    end),
    r.management_account_id as account_id, 'global' as region
from iamsql.run as r
left join organization as o on true
where r.management_account_id is not null
order by r.management_account_id
