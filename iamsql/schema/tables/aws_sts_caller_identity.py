"""The identity of the run in each account."""

from iamsql.model import Column as C
from iamsql.model import Table
from iamsql.schema.tables._calls import CALLER
from iamsql.schema.tables._columns import akas, title

TABLE = Table(
    "aws_sts_caller_identity",
    "The identity with which the run called AWS in an account: the assumed role, or the caller's own credentials.",
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
