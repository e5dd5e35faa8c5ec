"""A policy of the organization and a root, organizational unit or account that it is attached to directly."""

from iamsql.model import View
from iamsql.tables.aws_organizations_policy import DETAILS, NAME_AND_ID
from iamsql.tables.calls import organization as calls
from iamsql.tables.fragments.columns import C
from iamsql.tables.fragments.identities import select_items

_SQL = f"""
select t.account_id, 'global' as region, 'organizations:{calls.POLICY_TARGETS.operation}' as source, t.synced_at,
  t.bound ->> '$.PolicyId' as id, t.item ->> '$.TargetId' as target_id, p.name, p.arn, p.type, p.aws_managed, p.description,
  p.content, p.title, p.akas, t.item ->> '$.Name' as target_name, t.item ->> '$.Type' as target_type,
  t.item ->> '$.Arn' as target_arn
from {select_items(calls.POLICY_TARGETS, calls.OTHER_TARGETS)} t
left join aws_organizations_policy p on p.account_id = t.account_id and p.id = t.bound ->> '$.PolicyId'
"""


TABLE = View(
    key=("id", "target_id"),
    calls=(
        *(calls.OTHER_TARGETS, calls.OTHER_POLICIES, calls.OTHER_POLICY),
        *(calls.POLICY_TARGETS, calls.POLICIES, calls.POLICY),
    ),
    columns_of=((calls.POLICY, ("content",)),),
    columns=(
        *NAME_AND_ID,
        C("target_id", "text", "The ID of the root, organizational unit or account."),
        *DETAILS,
    ),
    extra_columns=(
        C("target_name", "text", "The friendly name of the target."),
        C("target_type", "text", "The type of the target: ROOT, ORGANIZATIONAL_UNIT or ACCOUNT."),
        C("target_arn", "text", "The ARN of the target."),
    ),
    sql=_SQL,
)
