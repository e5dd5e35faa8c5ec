"""The tables of the page: which columns a row shows, what filters it, and how it is sorted at first."""

from __future__ import annotations

from iamsql.report.html.tables import TableSpec


def _split_words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FINDINGS = TableSpec(
    "findings",
    visible=_split_words("severity status control account name reason"),
    filters=_split_words("severity status control family account ou"),
    internal=_split_words("dimensions prefix name"),
    widths=(
        ("severity", "4.8rem"), ("status", "5.8rem"), ("control", "minmax(12rem, 17rem)"), ("account", "13rem"),
        ("name", "minmax(9rem, 12rem)"), ("reason", "minmax(13rem, 3fr)"),
    ),
)  # fmt: skip
KEYS = TableSpec(
    "access-keys",
    visible=_split_words("account user_name access_key_id status age_days last_used unused_days last_used_service risk_score"),
    filters=_split_words("account ou status administrator"),
    sort="-age_days",
    unknown=_split_words("access_key_id status created age_days last_used administrator risk_score"),
    widths=(
        ("access_key_id", "13.5rem"), ("last_used", "10rem"), ("status", "6rem"), ("last_used_service", "7rem"),
        ("risk_score", "4.5rem"),
    ),
)  # fmt: skip
USERS = TableSpec(
    "users",
    visible=_split_words("account user_name password mfa last_sign_in active_keys groups administrator risk_score"),
    filters=_split_words("account ou password mfa administrator"),
    sort="-risk_score",
    unknown=_split_words("password mfa last_sign_in active_keys groups administrator risk_score"),
    widths=(("last_sign_in", "10rem"), ("administrator", "7.5rem"), ("risk_score", "4.5rem"), ("mfa", "10rem")),
)
PRINCIPALS = TableSpec(
    "principals", visible=_split_words("principal section item value detail")
)  # the dialogs of principals
RISK_WIDTHS = (
    ("rank", "3.5rem"), ("kind", "5.5rem"), ("score", "4.2rem"), ("certainty", "6rem"), ("name", "minmax(8rem, 14rem)"),
    ("account", "minmax(9rem, 15rem)"), ("reason", "minmax(14rem, 3fr)"),
)  # fmt: skip
PRINCIPAL_RISKS = TableSpec(
    "principal-risks",
    visible=_split_words("rank kind name account score certainty reason"),
    filters=_split_words("kind account ou"),
    widths=RISK_WIDTHS,
)
ACCOUNT_RISKS = TableSpec(
    "account-risks",
    visible=_split_words("rank account score certainty reason"),
    filters=_split_words("ou"),
    widths=RISK_WIDTHS,
)
CHANGES = TableSpec(
    "changes",
    visible=_split_words("change kind account name column_name old_value new_value reason"),
    filters=_split_words("change kind account ou"),
    widths=(("kind", "7rem"), ("column_name", "8rem")),
)
SKIPPED = TableSpec(
    "skipped",
    visible=_split_words("account state outcome reason remediation"),
    filters=_split_words("outcome state ou"),
    widths=(
        ("outcome", "9.5rem"),
        ("state", "9rem"),
        ("reason", "minmax(12rem, 2fr)"),
        ("remediation", "minmax(16rem, 3fr)"),
    ),
)
EVENTS = TableSpec(
    "events",
    visible=_split_words("severity event_time detection account actor source_ip_address target"),
    filters=_split_words("severity detection account ou"),
    sort="-event_time",
    widths=(("severity", "4.8rem"), ("account", "13rem"), ("source_ip_address", "8rem")),
)
