"""A policy document and its owner: a managed policy (its default version), an inline policy, or a policy of a role or resource.

A sync reads the policies of resources if aws_resource_policy is named.
"""

from iamsql.model import View
from iamsql.tables.fragments.columns import C
from iamsql.tables.fragments.policy_documents import CALLS, DOCUMENTS, DUPLICATE_KEY, ID
from iamsql.tables.fragments.sql_files import read_sql

TABLE = View(
    key=("account_id", "source", "owner_arn", "policy_name"),
    calls=CALLS,
    common_columns="none",
    columns=(
        C("account_id", "text", "The ID of the account."),
        C("partition", "text", "The AWS partition, from the ARN of the owner."),
        C("source", "text", "The kind of policy: managed, inline, trust or resource."),
        C("owner_arn", "text", "The ARN of the managed policy, or of the user, group, role or resource that has it."),
        C("owner_type", "text", "policy, user, group, role, or a resource type of aws_resource_policy."),
        C("policy_name", "text", "The name of the policy; null for trust policies and most policies of resources."),
        C("is_aws_managed", "boolean", "Whether the policy is an AWS managed policy."),
        C("is_attached", "boolean", "Whether the policy is attached; true for all but managed policies."),
        C(
            "document_id",
            "text",
            "The ID of the document, as in aws_iam_statement; null if it could not be read, or has a duplicate key.",
        ),
        C("duplicate_key", "text", DUPLICATE_KEY),
    ),
    sql=read_sql(__file__, documents=DOCUMENTS, id=ID),
)
