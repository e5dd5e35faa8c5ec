"""A customer managed policy that is attached to a permission set, by the name that it has in each account. Sync with the
`--region` of the instance.
"""

from iamsql.model import Table
from iamsql.tables.calls.identity_center import FOR_SET, PERMISSION_SETS, list_each
from iamsql.tables.fragments.columns import C, title

_OPERATION = "ListCustomerManagedPolicyReferencesInPermissionSet"

TABLE = Table(
    call=list_each(PERMISSION_SETS, _OPERATION, "CustomerManagedPolicyReferences", FOR_SET),
    key=("account_id", "region", "permission_set_arn", "path", "name"),
    columns=(
        C("permission_set_arn", "text", "The ARN of the permission set.", "@$.PermissionSetArn"),
        C("name", "text", "The name of the policy."),
        C("instance_arn", "text", "The ARN of the IAM Identity Center instance.", "@$.InstanceArn"),
        C("path", "text", "The path of the policy."),
        title("$.Name"),
    ),
)
