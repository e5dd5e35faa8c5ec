-- title: Ensure tag policies are enabled and attached
-- kind: control
-- severity: low
-- tags: organization, tags
-- remediation: aws organizations enable-policy-type --root-id ROOT_ID --policy-type TAG_POLICY
-- remediation: aws organizations create-policy --type TAG_POLICY --name POLICY_NAME --description DESCRIPTION --content file://policy.json
-- remediation: aws organizations attach-policy --policy-id POLICY_ID --target-id TARGET_ID
--
-- Permissions by tags, such as conditions on aws:ResourceTag, depend on keys and values that are written in the same
-- way everywhere. A tag policy that is attached to the root, a unit or an account standardizes them. A sync reads these
-- policies with `--for tag_policies_attached` or `--table aws_organizations_policy`.

with attachment_counts as (
    select
        count(distinct t.id) as policies,
        count(*) as targets
    from aws_organizations_policy_target as t
    where t.type = 'TAG_POLICY'
),

policy_counts as (
    select count(*) as policies
    from aws_organizations_policy as p
    where p.type = 'TAG_POLICY'
)

select
    organization_arn() as resource,
    unnest(case
        when a.policies > 0 then ok(concat(
            pluralize(a.policies, 'tag policy is', 'tag policies are'), ' attached to ',
            pluralize(a.targets, 'target', 'targets'), '.'
        ))
        when t.is_enabled is null then unknown('the policy types of the organization were not read.')
        when t.is_enabled = 0 then alarm('Tag policies are not enabled in the organization.')
        when t.is_read = 0 then unknown('the tag policies were not read.')
        when c.policies > 0 then alarm('No tag policy is attached.')
        else alarm('The organization has no tag policy.')
    end),
    r.management_account_id as account_id, 'global' as region
from iamsql.run as r
cross join organization_policy_type('TAG_POLICY') as t
cross join attachment_counts as a
cross join policy_counts as c
where r.management_account_id is not null
order by r.management_account_id
