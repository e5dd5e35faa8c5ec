-- title: Ensure customer managed policies are attached
-- kind: control
-- severity: low
-- version: 1
-- tags: policies, config:iam-policy-in-use
--
-- A policy that nobody has is found ready by whoever may attach policies. Delete it. One that only bounds others is in
-- use.

select
    p.arn as resource,
    unnest(case
        when p.attachment_count > 0 then ok(
            concat('The policy is attached ', p.attachment_count, case p.attachment_count when 1 then ' time.' else ' times.' end)
        )
        when p.permissions_boundary_usage_count > 0 then ok(concat(
                'The policy is the boundary of ', p.permissions_boundary_usage_count,
                case p.permissions_boundary_usage_count when 1 then ' user or role.' else ' users and roles.' end
            ))
        when p.attachment_count is null or p.permissions_boundary_usage_count is null
            then unknown('whether the policy is in use was not read.')
        else alarm('Nobody has the policy, and it bounds nobody.')
    end),
    p.account_id, 'global' as region, p.name as policy_name
from aws_iam_policy as p
left join iamsql.accounts as a on a.account_id = p.account_id
where not p.is_aws_managed
order by a.position, p.arn
