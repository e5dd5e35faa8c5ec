"""A user, or the root user, in the credential report. AWS generates a report at most once every four hours."""

from iamsql.model import Table
from iamsql.tables.calls.account import REPORT
from iamsql.tables.fragments.columns import C

# The report has N/A and other words for a missing value, which these macros convert to NULL.
_MACROS = {"boolean": "known_flag", "timestamptz": "known_time", "text": "known"}


def _report_column(name: str, column_type: str, about: str) -> C:
    """Return a column with the name of the report's column."""
    return C(name, column_type, about, f"$.{name}", _MACROS[column_type])


def _access_key_columns(slot: int) -> tuple[C, ...]:
    """Return the columns of an access key."""
    key = f"access_key_{slot}"
    return (
        _report_column(f"{key}_active", "boolean", f"Whether access key {slot} is active."),
        _report_column(f"{key}_last_rotated", "timestamptz", "The date and time when the key was created or changed."),
        _report_column(f"{key}_last_used_date", "timestamptz", "The date and time when the key was last used."),
        _report_column(f"{key}_last_used_region", "text", "The region where the key was last used."),
        _report_column(f"{key}_last_used_service", "text", "The service that was last accessed with the key."),
    )


def _certificate_columns(slot: int) -> tuple[C, ...]:
    """Return the columns of a signing certificate."""
    return (
        _report_column(f"cert_{slot}_active", "boolean", f"Whether signing certificate {slot} is active."),
        _report_column(
            f"cert_{slot}_last_rotated", "timestamptz", "The date and time when the certificate was uploaded."
        ),
    )


TABLE = Table(
    call=REPORT,
    key=("account_id", "user_name"),
    columns=(
        C("user_name", "text", "The name of the user; <root_account> for the root user.", "$.user"),
        C("user_arn", "text", "The ARN of the user.", "$.arn"),
        _report_column("user_creation_time", "timestamptz", "The date and time when the user was created."),
        C("generated_time", "timestamptz", "The date and time when AWS generated the report."),
        *_access_key_columns(1),
        *_access_key_columns(2),
        *_certificate_columns(1),
        *_certificate_columns(2),
        _report_column("mfa_active", "boolean", "Whether an MFA device is enabled."),
        _report_column("password_enabled", "boolean", "Whether the user has a console password."),
        _report_column("password_last_changed", "timestamptz", "The date and time when the password was last set."),
        _report_column("password_last_used", "timestamptz", "The date and time when the password was last used."),
        C("password_status", "text", "used, never_used or not_set.", "$", "password_status"),
        _report_column("password_next_rotation", "timestamptz", "The date and time when the password expires."),
    ),
    extra_columns=(C("report_row", "json", "The row as AWS returns it, with all columns of the report.", "$"),),
)
