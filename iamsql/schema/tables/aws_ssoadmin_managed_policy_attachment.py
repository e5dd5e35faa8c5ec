"""AWS managed policies of permission sets."""

from iamsql.model import Column as C
from iamsql.model import Table
from iamsql.schema.tables._columns import title
from iamsql.schema.tables._identity_calls import MANAGED_POLICIES

TABLE = Table(
    "aws_ssoadmin_managed_policy_attachment",
    "An AWS managed policy that is attached to a permission set. Sync with the `--region` of the instance.",
    call=MANAGED_POLICIES,
    key=("account_id", "region", "permission_set_arn", "managed_policy_arn"),
    columns=(
        C("permission_set_arn", "text", "The ARN of the permission set.", "@$.PermissionSetArn"),
        C("name", "text", "The name of the policy."),
        C("instance_arn", "text", "The ARN of the IAM Identity Center instance.", "@$.InstanceArn"),
        C("managed_policy_arn", "text", "The ARN of the policy.", "$.Arn"),
        title("$.Name"),
    ),
)
