-- title: Groups have no inline policies
-- kind: control
-- severity: low
-- version: 1
-- tags: groups, inline, config:iam-no-inline-policy-check
--
-- An inline policy is in no list of policies, cannot be shared or rolled back, and goes with what it is in. Make it a
-- managed policy and attach that.

select
    e.arn as resource,
    case when coalesce(json_array_length(e.inline_policies), 0) > 0 then 'alarm' else 'ok' end as status,
    case
        when json_array_length(e.inline_policies) = 1 then 'The group has 1 inline policy.'
        when json_array_length(e.inline_policies) > 1
            then concat('The group has ', json_array_length(e.inline_policies), ' inline policies.')
        else 'The group has no inline policy.'
    end as reason,
    e.account_id as account_id,
    'global' as region
from aws_iam_group as e
left join iamsql.accounts as a on a.account_id = e.account_id
order by a.position, e.arn
