"""Every policy document of an account with whose it is; equal documents have one id."""

from iamsql.model import Column as C
from iamsql.model import View
from iamsql.schema.views._documents_of import CALLS, DOCUMENTS, ID

TABLE = View(
    "aws_iam_document",
    "A policy document of an account: that of a managed policy in force, an inline one, or a role's trust.",
    key=("account_id", "source", "owner_arn", "policy_name"),
    tables=("aws_iam_user", "aws_iam_group", "aws_iam_role", "aws_iam_policy"),
    calls=CALLS,
    tail="none",
    columns=(
        C("account_id", "text", "The account it belongs to."),
        C("partition", "text", "The AWS partition, from the owner's ARN."),
        C("source", "text", "managed, inline or trust."),
        C("owner_arn", "text", "The policy's ARN; for inline and trust that of the user, group or role."),
        C("owner_type", "text", "policy, user, group or role."),
        C("policy_name", "text", "The policy's name; null for a trust."),
        C("is_aws_managed", "boolean", "Whether AWS keeps it."),
        C("is_attached", "boolean", "Whether any user, group or role has it; always for inline and trust."),
        C("document_id", "text", "What its statements have in aws_iam_statement; null when it could not be read."),
    ),
    sql=f"""
select d.account_id, split_part(d.owner_arn, ':', 2) as partition, d.source, d.owner_arn, d.owner_type, d.policy_name,
  d.is_aws_managed, d.is_attached, {ID} as document_id
from ({DOCUMENTS}) d
""",
)
