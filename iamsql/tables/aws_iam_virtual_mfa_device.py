"""A virtual MFA device, assigned or unassigned. AWS does not list hardware devices and passkeys here."""

from iamsql.model import Table
from iamsql.tables.calls.account import VIRTUAL_MFA
from iamsql.tables.fragments.columns import C, akas, tags, tags_src, title

TABLE = Table(
    call=VIRTUAL_MFA,
    key=("account_id", "serial_number"),
    columns=(
        C("serial_number", "text", "The serial number of the device, which is its ARN."),
        C("enable_date", "timestamptz", "The date and time when the device was enabled."),
        C("assignment_status", "text", "The assignment status: Assigned or Unassigned.", "$.User", "assignment"),
        C("user_id", "text", "The unique ID of the user to whom the device is assigned.", "$.User.UserId"),
        C("user_name", "text", "The name of that user; null for the root user.", "$.User.UserName"),
        C("user", "json", "The user to whom the device is assigned."),
        tags_src(),
        tags(),
        title("$.SerialNumber"),
        akas("$.SerialNumber"),
    ),
)
