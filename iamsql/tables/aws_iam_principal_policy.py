"""A policy that applies to a user or role: attached, inline, of a group of the user, or a permissions boundary."""

from iamsql.model import View
from iamsql.tables.fragments.columns import C
from iamsql.tables.fragments.policy_documents import CALLS, DOCUMENT_ID, DUPLICATE_KEY, JOIN_MANAGED, MANAGED, POLICY


def _managed_policies(entity_type: str, source: str, arns: str, layer: str, via: str, group: str = "null") -> str:
    """Return the SELECT of managed policies of principals `e` in `source`; `arns` is an expression for a list of ARNs."""
    return f"""
  select e.account_id, e.arn as principal_arn, '{entity_type}' as principal_type, e.name as principal_name, '{layer}' as layer,
    '{via}' as via, {group} as group_name, unnest({arns}) as policy_arn, null as policy_name, null as document
  from {source}"""


def _inline_policies(entity_type: str, source: str, entity: str, via: str, group: str = "null") -> str:
    """Return the SELECT of inline policies of principals `e` in `source`; `entity` is the alias with the policies."""
    return f"""
  select e.account_id, e.arn, '{entity_type}', e.name, 'identity', '{via}', {group}, null, i.item ->> '$.PolicyName',
    document(i.item -> '$.PolicyDocument')
  from {source}, (select unnest(elements({entity}.inline_policies)) as item) i"""


_ATTACHED = "cast({}.attached_policy_arns as varchar[])"
_MEMBER = """(select u.account_id, u.arn, u.name, unnest(u.groups ->> '$[*].GroupName') as group_name from aws_iam_user u
    where json_array_length(u.groups) > 0) e
  join aws_iam_group g on g.account_id = e.account_id and g.name = e.group_name"""
_BOUNDARY = "case when e.permissions_boundary_arn is not null then [e.permissions_boundary_arn] end"

TABLE = View(
    key=("principal_arn", "layer", "via", "group_name", "policy_arn", "policy_name"),
    calls=CALLS,
    common_columns="none",
    columns=(
        C("account_id", "text", "The ID of the account."),
        C("principal_arn", "text", "The ARN of the user or role."),
        C("principal_type", "text", "The type of the principal: user or role."),
        C("principal_name", "text", "The name of the principal."),
        C("layer", "text", "identity: the policy can grant permissions; boundary: it only limits them."),
        C("via", "text", "How the policy applies: attached, inline, group attached, group inline or boundary."),
        C("group_name", "text", "The name of the group that has the policy."),
        C("policy_arn", "text", "The ARN of the managed policy; null for an inline policy."),
        C("policy_name", "text", "The name of the policy."),
        C("is_aws_managed", "boolean", "Whether the policy is an AWS managed policy."),
        C("document_id", "text", DOCUMENT_ID),
        C("duplicate_key", "text", DUPLICATE_KEY),
    ),
    sql=f"""
with policies as (
  {_managed_policies("user", "aws_iam_user e", _ATTACHED.format("e"), "identity", "attached")}
  union all {_managed_policies("role", "aws_iam_role e", _ATTACHED.format("e"), "identity", "attached")}
  union all {_managed_policies("user", _MEMBER, _ATTACHED.format("g"), "identity", "group attached", "e.group_name")}
  union all {_managed_policies("user", "aws_iam_user e", _BOUNDARY, "boundary", "boundary")}
  union all {_managed_policies("role", "aws_iam_role e", _BOUNDARY, "boundary", "boundary")}
  union all {_inline_policies("user", "aws_iam_user e", "e", "inline")}
  union all {_inline_policies("role", "aws_iam_role e", "e", "inline")}
  union all {_inline_policies("user", _MEMBER, "g", "group inline", "e.group_name")}),
{MANAGED}
select r.account_id, r.principal_arn, r.principal_type, r.principal_name, r.layer, r.via, r.group_name, r.policy_arn,
  {POLICY}
from policies r
{JOIN_MANAGED}
""",
)
