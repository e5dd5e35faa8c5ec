-- title: Ensure all features are enabled in the organization
-- kind: control
-- severity: high
-- tags: organization
-- remediation: aws organizations describe-organization
-- remediation: aws organizations enable-all-features
--
-- An organization with only consolidated billing does not support service control policies. Enable all features; each
-- invited account has to accept. There is one row, for the management account.

select
    organization_arn() as resource,
    unnest(case
        when o.feature_set is null then unknown('the organization was not read.')
        when o.feature_set = 'ALL' then ok('All features are enabled in the organization.')
        else alarm('The organization supports only consolidated billing.')
    end),
    r.management_account_id as account_id, 'global' as region
from iamsql.run as r
left join (select max(a.organization_feature_set) as feature_set from aws_account as a) as o on true
where r.management_account_id is not null
order by r.management_account_id
