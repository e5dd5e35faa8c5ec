-- title: Ensure customer managed policies have at least one statement
-- kind: control
-- severity: low
-- version: 1
-- tags: policies
--
-- A policy without statements gives nothing, yet looks like permissions to whoever reads a list of names. Often it is
-- what a change left behind. Delete it.

select
    p.arn as resource,
    unnest(case
        when p.policy_std is null then unknown('the document of the policy was not read.')
        when coalesce(json_array_length(p.policy_std, '$.Statement'), 0) = 0 then alarm('The policy has no statements.')
        when json_array_length(p.policy_std, '$.Statement') = 1 then ok('The policy has 1 statement.')
        else ok(concat('The policy has ', json_array_length(p.policy_std, '$.Statement'), ' statements.'))
    end),
    p.account_id, 'global' as region, p.name as policy_name
from aws_iam_policy as p
left join iamsql.accounts as a on a.account_id = p.account_id
where not p.is_aws_managed
order by a.position, p.arn
