"""A member account that is a delegated administrator for an AWS service."""

from iamsql.model import Table
from iamsql.tables.calls.account import DELEGATED
from iamsql.tables.fragments.columns import C, akas, title

TABLE = Table(
    call=DELEGATED,
    key=("id",),
    columns=(
        C("id", "text", "The ID of the account."),
        C("arn", "text", "The ARN of the account."),
        C("email", "text", "The email address of the account's root user."),
        C("name", "text", "The friendly name of the account."),
        C("status", "text", "The state of the account.", "$.Status | $.State"),
        C("joined_method", "text", "How the account joined the organization: INVITED or CREATED."),
        C("joined_timestamp", "timestamptz", "The date and time when the account joined the organization."),
        C("delegation_enabled_date", "timestamptz", "The date and time of the delegation."),
        title("$.Name"),
        akas(),
    ),
)
