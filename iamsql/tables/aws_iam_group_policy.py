"""A managed policy that is attached to a group, or an inline policy of a group.

Groups without members are included.
"""

from iamsql.model import View
from iamsql.tables.calls import account as calls
from iamsql.tables.fragments.columns import C
from iamsql.tables.fragments.policy_documents import DOCUMENT_ID, DUPLICATE_KEY, JOIN_MANAGED, MANAGED, POLICY
from iamsql.tables.fragments.sql_files import read_sql

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
    sql=read_sql(__file__, join_managed=JOIN_MANAGED, managed=MANAGED, policy=POLICY),
)
