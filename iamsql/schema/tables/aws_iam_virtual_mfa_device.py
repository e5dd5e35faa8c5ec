"""Virtual MFA devices of users and of the root user."""

from iamsql.model import Column as C
from iamsql.model import Table
from iamsql.schema.tables._calls import VIRTUAL_MFA
from iamsql.schema.tables._columns import named, tags

TABLE = Table(
    "aws_iam_virtual_mfa_device",
    "A virtual MFA device, assigned or not; hardware devices and passkeys are not listed by AWS.",
    call=VIRTUAL_MFA,
    key=("account_id", "serial_number"),
    columns=(
        C("serial_number", "text", "The serial number: an ARN."),
        C("enable_date", "timestamptz", "When it was enabled."),
        C("assignment_status", "text", "Assigned or Unassigned.", "$.User", "assignment"),
        C("user_id", "text", "The id of the user who has it.", "$.User.UserId"),
        C("user_name", "text", "The name of the user who has it; null for the root user.", "$.User.UserName"),
        C("user", "json", "The user who has it.", "$.User"),
        *tags(),
        *named("$.SerialNumber", "$.SerialNumber"),
    ),
)
