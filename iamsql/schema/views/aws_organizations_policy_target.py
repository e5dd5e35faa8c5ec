"""What the organization's policies are attached to, one row for each policy and target."""

from iamsql.model import Column as C
from iamsql.model import View
from iamsql.schema.tables._columns import named
from iamsql.schema.tables._org_calls import (
    OTHER_POLICIES,
    OTHER_POLICY,
    OTHER_TARGETS,
    POLICIES,
    POLICY,
    POLICY_TARGETS,
)
from iamsql.schema.views._parts import both


def _sql(targets: str) -> str:
    """Give the targets that a source has."""
    return f"""
select t.account_id, 'global' as region, 'organizations:{POLICY_TARGETS.operation}' as source, t.synced_at,
  t.bound ->> '$.PolicyId' as id, t.item ->> '$.TargetId' as target_id, p.name, p.arn, p.type, p.aws_managed, p.description,
  p.content, p.title, p.akas, t.item ->> '$.Name' as target_name, t.item ->> '$.Type' as target_type,
  t.item ->> '$.Arn' as target_arn
from {targets} t
left join aws_organizations_policy p on p.account_id = t.account_id and p.id = t.bound ->> '$.PolicyId'
"""


TABLE = View(
    "aws_organizations_policy_target",
    "A policy of the organization and a root, unit or account to which it is attached itself; what is inherited is not listed.",
    key=("id", "target_id"),
    tables=("aws_organizations_policy",),
    calls=(OTHER_TARGETS, OTHER_POLICIES, OTHER_POLICY, POLICY_TARGETS, POLICIES, POLICY),
    columns=(
        C("name", "text", "The policy's name."),
        C("id", "text", "The policy's id."),
        C("target_id", "text", "The id of the root, unit or account."),
        C("arn", "text", "The policy's ARN."),
        C("type", "text", "The policy's type."),
        C("aws_managed", "boolean", "Whether AWS keeps the policy."),
        C("description", "text", "The policy's description; null without."),
        C("content", "json", "The policy's document; null when it could not be read."),
        *named("", ""),
    ),
    own=(
        C("target_name", "text", "The name of the root, unit or account."),
        C("target_type", "text", "ROOT, ORGANIZATIONAL_UNIT or ACCOUNT."),
        C("target_arn", "text", "The ARN of the root, unit or account."),
    ),
    sql=_sql(both(POLICY_TARGETS, OTHER_TARGETS)),
    earlier=(_sql(both(POLICY_TARGETS)),),
)
