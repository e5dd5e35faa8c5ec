"""Which policies a group has, whether or not it has members."""

from iamsql.model import Column as C
from iamsql.model import View
from iamsql.schema.tables import _calls as calls
from iamsql.schema.views._documents_of import MANAGED, POLICY, TO_MANAGED

TABLE = View(
    "aws_iam_group_policy",
    "A policy of a group: attached to it, or inline.",
    key=("group_arn", "policy_arn", "policy_name"),
    tables=("aws_iam_group", "aws_iam_policy"),
    calls=(
        *(calls.GROUP_DETAILS, calls.GROUPS, calls.GROUP_ATTACHED, calls.GROUP_INLINE, calls.GROUP_DOCUMENT),
        *calls.POLICY_CALLS,
    ),
    tail="none",
    columns=(
        C("account_id", "text", "The account of the group."),
        C("group_arn", "text", "The ARN of the group."),
        C("group_name", "text", "Its name."),
        C("via", "text", "attached or inline."),
        C("policy_arn", "text", "The managed policy's ARN; null for an inline one."),
        C("policy_name", "text", "The policy's name."),
        C("is_aws_managed", "boolean", "Whether AWS manages the policy."),
        C("document_id", "text", "The document in force, as in aws_iam_statement; null when it is not in the file."),
    ),
    sql=f"""
with reaching as (
  select g.account_id, g.arn as group_arn, g.name as group_name, 'attached' as via,
    unnest(cast(g.attached_policy_arns as varchar[])) as policy_arn, null as policy_name, null as document
  from aws_iam_group g
  union all
  select g.account_id, g.arn, g.name, 'inline', null, i.item ->> '$.PolicyName', document(i.item -> '$.PolicyDocument')
  from aws_iam_group g, (select unnest(elements(g.inline_policies)) as item) i),
{MANAGED}
select r.account_id, r.group_arn, r.group_name, r.via, r.policy_arn,
  {POLICY}
from reaching r
{TO_MANAGED}
""",
)
