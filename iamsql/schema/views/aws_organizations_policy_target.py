"""The roots, organizational units and accounts that policies of the organization are attached to."""

from iamsql.model import Column as C
from iamsql.model import View
from iamsql.schema.tables._columns import akas, title
from iamsql.schema.tables._org_calls import (
    OTHER_POLICIES,
    OTHER_POLICY,
    OTHER_TARGETS,
    POLICIES,
    POLICY,
    POLICY_TARGETS,
)
from iamsql.schema.views._fragments import items_of

_SQL = f"""
select t.account_id, 'global' as region, 'organizations:{POLICY_TARGETS.operation}' as source, t.synced_at,
  t.bound ->> '$.PolicyId' as id, t.item ->> '$.TargetId' as target_id, p.name, p.arn, p.type, p.aws_managed, p.description,
  p.content, p.title, p.akas, t.item ->> '$.Name' as target_name, t.item ->> '$.Type' as target_type,
  t.item ->> '$.Arn' as target_arn
from {items_of(POLICY_TARGETS, OTHER_TARGETS)} t
left join aws_organizations_policy p on p.account_id = t.account_id and p.id = t.bound ->> '$.PolicyId'
"""


TABLE = View(
    "aws_organizations_policy_target",
    "A policy of the organization and a root, organizational unit or account that it is attached to directly.",
    key=("id", "target_id"),
    tables=("aws_organizations_policy",),
    calls=(OTHER_TARGETS, OTHER_POLICIES, OTHER_POLICY, POLICY_TARGETS, POLICIES, POLICY),
    columns=(
        C("name", "text", "The friendly name of the policy."),
        C("id", "text", "The unique ID of the policy: p-…"),
        C("target_id", "text", "The ID of the root, organizational unit or account."),
        C("arn", "text", "The ARN of the policy."),
        C("type", "text", "The type of the policy, such as SERVICE_CONTROL_POLICY."),
        C("aws_managed", "boolean", "Whether the policy is an AWS managed policy."),
        C("description", "text", "The description of the policy."),
        C("content", "json", "The content of the policy; null if it could not be read."),
        title(),
        akas(),
    ),
    extra_columns=(
        C("target_name", "text", "The friendly name of the target."),
        C("target_type", "text", "The type of the target: ROOT, ORGANIZATIONAL_UNIT or ACCOUNT."),
        C("target_arn", "text", "The ARN of the target."),
    ),
    sql=_SQL,
)
