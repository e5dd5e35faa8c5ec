"""Account assignments of IAM Identity Center."""

from iamsql.model import Column as C
from iamsql.model import Table
from iamsql.schema.tables._identity_calls import ASSIGNMENTS

TABLE = Table(
    "aws_ssoadmin_account_assignment",
    "The assignment of a user or group to an account with a permission set. Sync with the `--region` of the instance.",
    call=ASSIGNMENTS,
    key=("account_id", "region", "target_account_id", "permission_set_arn", "principal_type", "principal_id"),
    columns=(
        C("target_account_id", "text", "The ID of the assigned account.", "$.AccountId | @$.AccountId"),
        C("instance_arn", "text", "The ARN of the IAM Identity Center instance.", "@$.InstanceArn"),
        C("permission_set_arn", "text", "The ARN of the permission set.", "$.PermissionSetArn | @$.PermissionSetArn"),
        C("principal_type", "text", "The type of the principal: USER or GROUP."),
        C("principal_id", "text", "The ID of the user or group in the identity store."),
    ),
)
