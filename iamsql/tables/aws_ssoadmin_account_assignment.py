"""The assignment of a user or group to an account with a permission set. Sync with the `--region` of the instance."""

from iamsql.model import Table
from iamsql.tables.calls.identity_center import FOR_SET, PERMISSION_SETS, list_each
from iamsql.tables.fragments.columns import C

# ListAccountAssignments requires an account. Only accounts where a permission set is provisioned have assignments of it.
ACCOUNTS = list_each(PERMISSION_SETS, "ListAccountsForProvisionedPermissionSet", "AccountIds", FOR_SET)
_IN_ACCOUNT = {"InstanceArn": "@$.InstanceArn", "PermissionSetArn": "@$.PermissionSetArn", "AccountId": "$"}

TABLE = Table(
    call=list_each(ACCOUNTS, "ListAccountAssignments", "AccountAssignments", _IN_ACCOUNT),
    key=("account_id", "region", "target_account_id", "permission_set_arn", "principal_type", "principal_id"),
    columns=(
        C("target_account_id", "text", "The ID of the assigned account.", "$.AccountId | @$.AccountId"),
        C("instance_arn", "text", "The ARN of the IAM Identity Center instance.", "@$.InstanceArn"),
        C("permission_set_arn", "text", "The ARN of the permission set.", "$.PermissionSetArn | @$.PermissionSetArn"),
        C("principal_type", "text", "The type of the principal: USER or GROUP."),
        C("principal_id", "text", "The ID of the user or group in the identity store."),
    ),
)
