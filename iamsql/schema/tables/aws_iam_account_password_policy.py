"""The password policy of an account; no row where there is none and AWS's default holds."""

from iamsql.model import Column as C
from iamsql.model import Table
from iamsql.schema.tables._calls import PASSWORD_POLICY

TABLE = Table(
    "aws_iam_account_password_policy",
    "The password policy that an account has set for its users.",
    call=PASSWORD_POLICY,
    key=("account_id",),
    columns=(
        C("allow_users_to_change_password", "boolean", "Whether users may change their password."),
        C("expire_passwords", "boolean", "Whether passwords expire."),
        C("hard_expiry", "boolean", "Whether an expired password needs an administrator."),
        C("max_password_age", "bigint", "Days until a password expires."),
        C("minimum_password_length", "bigint", "The least length."),
        C("password_reuse_prevention", "bigint", "How many earlier passwords are refused."),
        C("require_lowercase_characters", "boolean", "Whether a lower-case letter is required."),
        C("require_numbers", "boolean", "Whether a digit is required."),
        C("require_symbols", "boolean", "Whether a symbol is required."),
        C("require_uppercase_characters", "boolean", "Whether an upper-case letter is required."),
    ),
)
