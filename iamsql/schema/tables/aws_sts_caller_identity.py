"""Who the run was, in each account it entered."""

from iamsql.model import Column as C
from iamsql.model import Table
from iamsql.schema.tables._calls import CALLER
from iamsql.schema.tables._columns import named

TABLE = Table(
    "aws_sts_caller_identity",
    "The identity that the run had in an account: the caller's own, or the role it assumed.",
    call=CALLER,
    key=("account_id",),
    columns=(
        C("arn", "text", "The ARN of the identity."),
        C("user_id", "text", "Its unique id.", "$.UserId"),
        *named("$.UserId"),
    ),
    tail="caller",
)
