-- title: Ensure customer managed policies are attached
-- kind: control
-- severity: low
-- tags: policies, config:iam-policy-in-use
-- remediation: aws iam list-entities-for-policy --policy-arn {resource}
-- remediation: aws iam get-policy-version --policy-arn {resource} --version-id VERSION_ID
-- remediation: aws iam list-policy-versions --policy-arn {resource}
-- remediation: # For each version that is not the default version: aws iam delete-policy-version --policy-arn {resource} --version-id VERSION_ID
-- remediation: aws iam delete-policy --policy-arn {resource}
--
-- An unattached policy is available to anyone who can attach policies. Delete it. A policy that is used only as a
-- permissions boundary is in use.

select
    p.arn as resource,
    unnest(case
        when p.attachment_count > 0
            then ok(concat('The policy is attached to ', pluralize(p.attachment_count, 'identity', 'identities'), '.'))
        when p.permissions_boundary_usage_count > 0 then ok(concat(
            'The policy is the permissions boundary of ',
            pluralize(p.permissions_boundary_usage_count, 'user or role', 'users and roles'), '.'
        ))
        when p.attachment_count is null or p.permissions_boundary_usage_count is null
            then unknown('the use of the policy was not read.')
        else alarm('The policy is not attached and is not a permissions boundary.')
    end),
    p.account_id, 'global' as region, p.name as policy_name
from aws_iam_policy as p
where not p.is_aws_managed
order by account_position(p.account_id), p.arn
