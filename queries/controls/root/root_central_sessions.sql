-- title: Ensure privileged root sessions are enabled in the organization
-- kind: control
-- severity: medium
-- version: 1
-- tags: root, organization, cis_v7.0:2.1.1
--
-- Some tasks in a member account, such as opening a bucket whose policy shut everyone out, need its root user. With
-- root sessions they are done from the management account with short credentials of one task, so that no member needs
-- a root password. One row for the organization, under its management account.

with features as (
    select max(cast(f.enabled_features as varchar)) as enabled
    from aws_iam_organizations_features as f
)

select
    concat('arn:', r."partition", ':::', r.management_account_id) as resource,
    unnest(case
        when f.enabled like '%"RootSessions"%' then ok('The use of root sessions is on in the organization.')
        else alarm('The use of root sessions is off in the organization.')
    end),
    r.management_account_id as account_id, 'global' as region
from iamsql.run as r
left join features as f on true
where r.management_account_id is not null
order by r.management_account_id
