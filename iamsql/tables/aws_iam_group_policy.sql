with policies as (
  select g.account_id, g.arn as group_arn, g.name as group_name, 'attached' as via,
    unnest(cast(g.attached_policy_arns as varchar[])) as policy_arn, null as policy_name, null as document
  from aws_iam_group g
  union all
  select g.account_id, g.arn, g.name, 'inline', null, i.item ->> '$.PolicyName', document(i.item -> '$.PolicyDocument')
  from aws_iam_group g, (select unnest(elements(g.inline_policies)) as item) i),
{managed}
select r.account_id, r.group_arn, r.group_name, r.via, r.policy_arn,
  {policy}
from policies r
{join_managed}
