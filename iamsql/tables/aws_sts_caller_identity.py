"""The identity that the run used in an account: the assumed role, or the caller's own credentials."""

from iamsql.model import Table
from iamsql.tables.calls.account import CALLER
from iamsql.tables.fragments.columns import C, akas, title

TABLE = Table(
    call=CALLER,
    key=("account_id",),
    columns=(
        C("arn", "text", "The ARN of the identity."),
        C("user_id", "text", "The unique ID of the identity."),
        title("$.UserId"),
        akas(),
    ),
    common_columns="caller",
)
