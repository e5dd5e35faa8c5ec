"""An AWS managed policy that is attached to a permission set. Sync with the `--region` of the instance."""

from iamsql.model import Table
from iamsql.tables.calls.identity_center import FOR_SET, PERMISSION_SETS, list_each
from iamsql.tables.fragments.columns import C, title

TABLE = Table(
    call=list_each(PERMISSION_SETS, "ListManagedPoliciesInPermissionSet", "AttachedManagedPolicies", FOR_SET),
    key=("account_id", "region", "permission_set_arn", "managed_policy_arn"),
    columns=(
        C("permission_set_arn", "text", "The ARN of the permission set.", "@$.PermissionSetArn"),
        C("name", "text", "The name of the policy."),
        C("instance_arn", "text", "The ARN of the IAM Identity Center instance.", "@$.InstanceArn"),
        C("managed_policy_arn", "text", "The ARN of the policy.", "$.Arn"),
        title("$.Name"),
    ),
)
