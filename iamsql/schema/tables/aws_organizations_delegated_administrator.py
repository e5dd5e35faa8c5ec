"""The member accounts that administer a service for the organization."""

from iamsql.model import Column as C
from iamsql.model import Table
from iamsql.schema.tables._calls import DELEGATED
from iamsql.schema.tables._columns import named

TABLE = Table(
    "aws_organizations_delegated_administrator",
    "An account that may administer some service for the whole organization.",
    call=DELEGATED,
    key=("id",),
    columns=(
        C("id", "text", "The account's id."),
        C("arn", "text", "The ARN."),
        C("email", "text", "The address of the account's root user."),
        C("name", "text", "The account's name."),
        C("status", "text", "The account's state.", "$.Status | $.State"),
        C("joined_method", "text", "INVITED or CREATED."),
        C("joined_timestamp", "timestamptz", "When it joined the organization."),
        C("delegation_enabled_date", "timestamptz", "When it was made an administrator."),
        *named("$.Name"),
    ),
)
