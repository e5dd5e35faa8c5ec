"""A managed policy that is attached to a group, or an inline policy of a group.

Groups without members are included.
"""

from iamsql.model import View
from iamsql.tables.calls import account as calls
from iamsql.tables.fragments.columns import C
from iamsql.tables.fragments.policy_documents import DOCUMENT_ID, DUPLICATE_KEY, JOIN_MANAGED, MANAGED, POLICY

TABLE = View(
    key=("group_arn", "policy_arn", "policy_name"),
    calls=(*calls.GROUP_CALLS, *calls.POLICY_CALLS),
    common_columns="none",
    columns=(
        C("account_id", "text", "The ID of the account."),
        C("group_arn", "text", "The ARN of the group."),
        C("group_name", "text", "The name of the group."),
        C("via", "text", "How the group has the policy: attached or inline."),
        C("policy_arn", "text", "The ARN of the managed policy; null for an inline policy."),
        C("policy_name", "text", "The name of the policy."),
        C("is_aws_managed", "boolean", "Whether the policy is an AWS managed policy."),
        C("document_id", "text", DOCUMENT_ID),
        C("duplicate_key", "text", DUPLICATE_KEY),
    ),
    sql=f"""
with policies as (
  select g.account_id, g.arn as group_arn, g.name as group_name, 'attached' as via,
    unnest(cast(g.attached_policy_arns as varchar[])) as policy_arn, null as policy_name, null as document
  from aws_iam_group g
  union all
  select g.account_id, g.arn, g.name, 'inline', null, i.item ->> '$.PolicyName', document(i.item -> '$.PolicyDocument')
  from aws_iam_group g, (select unnest(elements(g.inline_policies)) as item) i),
{MANAGED}
select r.account_id, r.group_arn, r.group_name, r.via, r.policy_arn,
  {POLICY}
from policies r
{JOIN_MANAGED}
""",
)
