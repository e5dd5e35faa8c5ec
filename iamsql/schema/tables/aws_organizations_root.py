"""The roots of the organization."""

from iamsql.model import Column as C
from iamsql.model import Table
from iamsql.schema.tables._calls import ROOTS
from iamsql.schema.tables._columns import named

TABLE = Table(
    "aws_organizations_root",
    "The root of the organization, above all units and accounts.",
    call=ROOTS,
    key=("account_id", "id"),
    columns=(
        C("name", "text", "The root's name."),
        C("id", "text", "The root's id, r-…"),
        C("arn", "text", "The ARN."),
        C(
            "policy_types",
            "json",
            "The policy types enabled in the root, with their status.",
            "$.PolicyTypes",
            "empty_list",
        ),
        *named("$.Name"),
    ),
)
