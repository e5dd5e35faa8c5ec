"""The AWS-managed policies of permission sets."""

from iamsql.model import Column as C
from iamsql.model import Table
from iamsql.schema.tables._columns import TITLE
from iamsql.schema.tables._identity_calls import MANAGED_POLICIES

TABLE = Table(
    "aws_ssoadmin_managed_policy_attachment",
    "An AWS-managed policy of a permission set; `--region` names the one that the instance lives in.",
    call=MANAGED_POLICIES,
    key=("account_id", "region", "permission_set_arn", "managed_policy_arn"),
    columns=(
        C("permission_set_arn", "text", "The permission set.", "@$.PermissionSetArn"),
        C("name", "text", "The policy's name."),
        C("instance_arn", "text", "The ARN of the instance.", "@$.InstanceArn"),
        C("managed_policy_arn", "text", "The policy's ARN.", "$.Arn"),
        C("title", "text", TITLE, "$.Name"),
    ),
)
