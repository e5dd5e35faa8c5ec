"""Who has which permission set in which account."""

from iamsql.model import Column as C
from iamsql.model import Table
from iamsql.schema.tables._identity_calls import ASSIGNMENTS

TABLE = Table(
    "aws_ssoadmin_account_assignment",
    "A user or group that has a permission set in an account; `--region` names the one that the instance lives in.",
    call=ASSIGNMENTS,
    key=("account_id", "region", "target_account_id", "permission_set_arn", "principal_type", "principal_id"),
    columns=(
        C("target_account_id", "text", "The account that they may enter.", "$.AccountId | @$.AccountId"),
        C("instance_arn", "text", "The ARN of the instance.", "@$.InstanceArn"),
        C("permission_set_arn", "text", "The permission set.", "$.PermissionSetArn | @$.PermissionSetArn"),
        C("principal_type", "text", "USER or GROUP."),
        C("principal_id", "text", "The user's or group's id in the identity store."),
    ),
)
