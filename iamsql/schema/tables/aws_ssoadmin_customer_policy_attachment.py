"""Customer managed policies of permission sets."""

from iamsql.model import Column as C
from iamsql.model import Table
from iamsql.schema.tables._columns import title
from iamsql.schema.tables._identity_calls import CUSTOMER_POLICIES

TABLE = Table(
    "aws_ssoadmin_customer_policy_attachment",
    "A customer managed policy that is attached to a permission set, by the name that it has in each account. "
    "Sync with the `--region` of the instance.",
    call=CUSTOMER_POLICIES,
    key=("account_id", "region", "permission_set_arn", "path", "name"),
    columns=(
        C("permission_set_arn", "text", "The ARN of the permission set.", "@$.PermissionSetArn"),
        C("name", "text", "The name of the policy."),
        C("instance_arn", "text", "The ARN of the IAM Identity Center instance.", "@$.InstanceArn"),
        C("path", "text", "The path of the policy."),
        title("$.Name"),
    ),
)
