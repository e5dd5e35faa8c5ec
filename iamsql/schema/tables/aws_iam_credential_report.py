"""The credential report, a row a user and one for the root user, with its own age."""

from iamsql.model import Column as C
from iamsql.model import Table
from iamsql.schema.tables._calls import REPORT


def _slot(n: int) -> tuple[C, ...]:
    """Give the columns of one of the report's two access key slots."""
    key = f"access_key_{n}"
    return (
        C(f"{key}_active", "boolean", f"Whether the key in slot {n} is active.", f"$.{key}_active", "known_flag"),
        C(f"{key}_last_rotated", "timestamptz", "When it was made.", f"$.{key}_last_rotated", "known_time"),
        C(f"{key}_last_used_date", "timestamptz", "When it was last used.", f"$.{key}_last_used_date", "known_time"),
        C(f"{key}_last_used_region", "text", "The region of that use.", f"$.{key}_last_used_region", "known"),
        C(f"{key}_last_used_service", "text", "The service of that use.", f"$.{key}_last_used_service", "known"),
    )


def _certificate(n: int) -> tuple[C, ...]:
    """Give the columns of one of the report's two signing certificates."""
    return (
        C(
            f"cert_{n}_active",
            "boolean",
            f"Whether signing certificate {n} is active.",
            f"$.cert_{n}_active",
            "known_flag",
        ),
        C(f"cert_{n}_last_rotated", "timestamptz", "When it was made.", f"$.cert_{n}_last_rotated", "known_time"),
    )


TABLE = Table(
    "aws_iam_credential_report",
    "The credential report: passwords, keys by slot, MFA. AWS makes one at most every four hours.",
    call=REPORT,
    key=("account_id", "user_name"),
    columns=(
        C("user_name", "text", "The user's name, or <root_account>.", "$.user"),
        C("user_arn", "text", "The ARN.", "$.arn"),
        C("user_creation_time", "timestamptz", "When the user was made.", "$.user_creation_time", "known_time"),
        C("generated_time", "timestamptz", "When AWS made the report: how old the row is."),
        *_slot(1),
        *_slot(2),
        *_certificate(1),
        *_certificate(2),
        C("mfa_active", "boolean", "Whether any MFA device is active.", "$.mfa_active", "known_flag"),
        C("password_enabled", "boolean", "Whether there is a password.", "$.password_enabled", "known_flag"),
        C("password_last_changed", "timestamptz", "When it was set.", "$.password_last_changed", "known_time"),
        C("password_last_used", "timestamptz", "The last console sign-in.", "$.password_last_used", "known_time"),
        C("password_status", "text", "used, never_used or not_set.", "$", "password_status"),
        C("password_next_rotation", "timestamptz", "When it expires.", "$.password_next_rotation", "known_time"),
    ),
    own=(C("report_row", "json", "The row as AWS wrote it: every column of the report, sentinels kept.", "$"),),
)
