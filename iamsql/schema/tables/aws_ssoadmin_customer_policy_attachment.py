"""The policies of their own that permission sets refer to by name."""

from iamsql.model import Column as C
from iamsql.model import Table
from iamsql.schema.tables._columns import TITLE
from iamsql.schema.tables._identity_calls import CUSTOMER_POLICIES

TABLE = Table(
    "aws_ssoadmin_customer_policy_attachment",
    "A policy that a permission set takes, by name, from each account that it is in; `--region` names the instance's.",
    call=CUSTOMER_POLICIES,
    key=("account_id", "region", "permission_set_arn", "path", "name"),
    columns=(
        C("permission_set_arn", "text", "The permission set.", "@$.PermissionSetArn"),
        C("name", "text", "The policy's name."),
        C("instance_arn", "text", "The ARN of the instance.", "@$.InstanceArn"),
        C("path", "text", "The path of the policy's name."),
        C("title", "text", TITLE, "$.Name"),
    ),
)
