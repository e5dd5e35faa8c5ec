"""The custom password policy of an account; an account with the default policy has no row."""

from iamsql.model import Call, Table
from iamsql.tables.calls.account import NOT_FOUND
from iamsql.tables.fragments.columns import C

PASSWORD_POLICY = Call("iam", "GetAccountPasswordPolicy", "PasswordPolicy", empty_on=NOT_FOUND)

TABLE = Table(
    call=PASSWORD_POLICY,
    key=("account_id",),
    columns=(
        C("allow_users_to_change_password", "boolean", "Whether IAM users may change their own passwords."),
        C("expire_passwords", "boolean", "Whether passwords expire."),
        C("hard_expiry", "boolean", "Whether an administrator must reset an expired password."),
        C("max_password_age", "bigint", "The number of days that a password is valid."),
        C("minimum_password_length", "bigint", "The minimum length of a password."),
        C("password_reuse_prevention", "bigint", "The number of previous passwords that a user may not reuse."),
        C("require_lowercase_characters", "boolean", "Whether a password requires a lowercase character."),
        C("require_numbers", "boolean", "Whether a password requires a digit."),
        C("require_symbols", "boolean", "Whether a password requires a symbol."),
        C("require_uppercase_characters", "boolean", "Whether a password requires an uppercase character."),
    ),
)
