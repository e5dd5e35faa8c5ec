"""A user or role with the values of its condition keys, and the effect of the organization's policies on it.

Thousands of accounts have the same few service control policies. Principals with the same guardrail_id are subject to the same
policies of the organization, so the evaluation of one principal applies to all of them.
"""

from iamsql.model import View
from iamsql.tables.fragments.columns import C
from iamsql.tables.fragments.policy_documents import CALLS
from iamsql.tables.fragments.sql_files import read_sql

_PRINCIPALS = "\n  union all ".join(
    f"select e.account_id, e.arn, e.name, e.{entity_type}_id as id, '{type_}' as type, e.path, e.tags, "
    f"e.tags_src is not null as tagged "
    f"from aws_iam_{entity_type} e"
    for entity_type, type_ in (("user", "User"), ("role", "AssumedRole"))
)

TABLE = View(
    key=("principal_arn",),
    calls=CALLS,
    common_columns="none",
    columns=(
        C("principal_arn", "text", "The ARN of the user or role."),
        C("account_id", "text", "The ID of the account."),
        C("name", "text", "The name of the user or role."),
        C("id", "text", "The stable and unique ID of the user or role."),
        C("type", "text", "The value of aws:PrincipalType: User or AssumedRole."),
        C("tags", "json", "The tags, as a map of keys to values; null if not read."),
        C("organization_id", "text", "The ID of the organization; null if unknown."),
        C(
            "organization_path",
            "text",
            "The value of aws:PrincipalOrgPaths: the IDs from the organization down to the account's organizational unit; "
            "null if the parents of the account were not read.",
        ),
        C("has_guardrails", "boolean", "Whether policies of the organization (guardrails) apply to the user or role."),
        C(
            "guardrail_id",
            "text",
            "The ID of the group of principals to which the organization's policies apply equally.",
        ),
        C(
            "in_organization",
            "boolean",
            "Whether the organization lists the account; null if its accounts were not read.",
        ),
    ),
    sql=read_sql(__file__, principals=_PRINCIPALS),
)
