"""Which policies reach a user or a role, and how."""

from iamsql.model import Column as C
from iamsql.model import View
from iamsql.schema.views._documents_of import CALLS, MANAGED, POLICY, TO_MANAGED


def _of(kind: str, whose: str, arns: str, layer: str, via: str, group: str = "null") -> str:
    """Give the managed policies of `arns`, a list of JSON."""
    return f"""
  select e.account_id, e.arn as principal_arn, '{kind}' as principal_type, e.name as principal_name, '{layer}' as layer,
    '{via}' as via, {group} as group_name, unnest({arns}) as policy_arn, null as policy_name, null as document
  from {whose}"""


def _inline(kind: str, whose: str, entity: str, via: str, group: str = "null") -> str:
    """Give the inline policies of an entity, for the user or role `e`."""
    return f"""
  select e.account_id, e.arn, '{kind}', e.name, 'identity', '{via}', {group}, null, i.item ->> '$.PolicyName',
    document(i.item -> '$.PolicyDocument')
  from {whose}, (select unnest(elements({entity}.inline_policies)) as item) i"""


_ATTACHED = "cast({}.attached_policy_arns as varchar[])"
_MEMBER = """(select u.account_id, u.arn, u.name, unnest(u.groups ->> '$[*].GroupName') as group_name from aws_iam_user u
    where json_array_length(u.groups) > 0) e
  join aws_iam_group g on g.account_id = e.account_id and g.name = e.group_name"""
_BOUNDARY = "case when e.permissions_boundary_arn is not null then [e.permissions_boundary_arn] end"

TABLE = View(
    "aws_iam_principal_policy",
    "A policy that reaches a user or role: attached to it, inline, of a group that the user is in, or its boundary.",
    key=("principal_arn", "layer", "via", "group_name", "policy_arn", "policy_name"),
    tables=("aws_iam_user", "aws_iam_group", "aws_iam_role", "aws_iam_policy"),
    calls=CALLS,
    tail="none",
    columns=(
        C("account_id", "text", "The account of the user or role."),
        C("principal_arn", "text", "The ARN of the user or role."),
        C("principal_type", "text", "user or role."),
        C("principal_name", "text", "Its name."),
        C("layer", "text", "identity: it can allow; boundary: it can only cap."),
        C("via", "text", "attached, inline, group attached, group inline or boundary."),
        C("group_name", "text", "The group it comes from."),
        C("policy_arn", "text", "The managed policy's ARN; null for an inline one."),
        C("policy_name", "text", "The policy's name."),
        C("is_aws_managed", "boolean", "Whether AWS keeps it."),
        C("document_id", "text", "The document in force, as in aws_iam_statement; null when it is not in the file."),
    ),
    sql=f"""
with reaching as (
  {_of("user", "aws_iam_user e", _ATTACHED.format("e"), "identity", "attached")}
  union all {_of("role", "aws_iam_role e", _ATTACHED.format("e"), "identity", "attached")}
  union all {_of("user", _MEMBER, _ATTACHED.format("g"), "identity", "group attached", "e.group_name")}
  union all {_of("user", "aws_iam_user e", _BOUNDARY, "boundary", "boundary")}
  union all {_of("role", "aws_iam_role e", _BOUNDARY, "boundary", "boundary")}
  union all {_inline("user", "aws_iam_user e", "e", "inline")}
  union all {_inline("role", "aws_iam_role e", "e", "inline")}
  union all {_inline("user", _MEMBER, "g", "group inline", "e.group_name")}),
{MANAGED}
select r.account_id, r.principal_arn, r.principal_type, r.principal_name, r.layer, r.via, r.group_name, r.policy_arn,
  {POLICY}
from reaching r
{TO_MANAGED}
""",
)
