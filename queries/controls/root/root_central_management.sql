-- title: Ensure root credentials of member accounts are managed centrally
-- kind: control
-- severity: high
-- version: 1
-- tags: root, organization, cis_v7.0:2.1.1
--
-- With it the management account, or IAM's delegated administrator, takes the root credentials of member accounts away
-- and new accounts come without any. One row for the organization, under its management account. Turn it on in IAM
-- under root access management, then see `root_member_credentials`.

with features as (
    select max(cast(f.enabled_features as varchar)) as enabled
    from aws_iam_organizations_features as f
)

select
    concat('arn:', r."partition", ':::', r.management_account_id) as resource,
    unnest(case
        when f.enabled like '%"RootCredentialsManagement"%'
            then ok('Central management of root credentials is on in the organization.')
        else alarm('Central management of root credentials is off in the organization.')
    end),
    r.management_account_id as account_id, 'global' as region
from iamsql.run as r
left join features as f on true
where r.management_account_id is not null
order by r.management_account_id
