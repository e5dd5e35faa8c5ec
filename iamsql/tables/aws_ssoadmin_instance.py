"""An instance of IAM Identity Center. Sync with the `--region` of the instance."""

from iamsql.model import Table
from iamsql.tables.calls.identity_center import INSTANCES
from iamsql.tables.fragments.columns import C, akas, title

TABLE = Table(
    call=INSTANCES,
    key=("account_id", "region", "arn"),
    columns=(
        C("arn", "text", "The ARN of the instance.", "$.InstanceArn"),
        C("identity_store_id", "text", "The ID of the identity store that is connected to the instance: d-…"),
        C("name", "text", "The name of the instance; null if it has none."),
        C("created_date", "timestamptz", "The date and time when the instance was created."),
        C("owner_account_id", "text", "The ID of the account that owns the instance."),
        C("status", "text", "The status: ACTIVE, CREATE_IN_PROGRESS, CREATE_FAILED or DELETE_IN_PROGRESS."),
        title("$.Name | $.InstanceArn"),
        akas("$.InstanceArn"),
    ),
    extra_columns=(
        C("status_reason", "text", "The reason for the status CREATE_FAILED."),
        C("primary_region", "text", "The region where the instance was first enabled."),
        C("regions", "json", "The regions where the instance is enabled."),
    ),
)
