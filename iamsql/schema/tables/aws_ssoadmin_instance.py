"""Instances of IAM Identity Center."""

from iamsql.model import Column as C
from iamsql.model import Table
from iamsql.schema.tables._columns import AKAS, TITLE
from iamsql.schema.tables._identity_calls import INSTANCES

TABLE = Table(
    "aws_ssoadmin_instance",
    "An instance of IAM Identity Center in one of the regions that were asked; `--region` names the one that it lives in.",
    call=INSTANCES,
    key=("account_id", "region", "arn"),
    columns=(
        C("arn", "text", "The ARN.", "$.InstanceArn"),
        C("identity_store_id", "text", "The identity store that it is connected to, d-…"),
        C("name", "text", "Its name; null when it was given none."),
        C("created_date", "timestamptz", "When it was made."),
        C("owner_account_id", "text", "The account that owns it: the management account, for the organization's."),
        C("status", "text", "ACTIVE, CREATE_IN_PROGRESS, CREATE_FAILED or DELETE_IN_PROGRESS."),
        C("title", "text", TITLE, "$.Name | $.InstanceArn"),
        C("akas", "json", AKAS, "$.InstanceArn", "one_list"),
    ),
    own=(
        C("status_reason", "text", "Why it could not be made; null when it could."),
        C("primary_region", "text", "The region in which it was enabled first."),
        C("regions", "json", "The regions in which it is enabled."),
    ),
)
