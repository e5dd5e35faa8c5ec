"""The phrases that notifications are written with: accounts, times, counted changes, and names in one printable line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from iamsql.automation.notify.model import UnreadAccount
from iamsql.escaping import printable
from iamsql.model import SEVERITIES

MAX_NAME_CHARACTERS = 300  # characters of a name or reason from AWS; a message must not consist of one name
SINGULAR_PHRASES = {
    "opened": "finding opened",
    "administrator": "new administrator",
    "key": "new access key",
    "unknown": "account no longer read",
    "account": "account joined or left",
    "resolved": "finding resolved",
}
PLURAL_PHRASES = {
    "opened": "findings opened",
    "administrator": "new administrators",
    "key": "new access keys",
    "unknown": "accounts no longer read",
    "account": "accounts joined or left",
    "resolved": "findings resolved",
}


def account_name(account_id: str, name: str) -> str:
    """Return an account as name and ID, or as its ID if it has no name."""
    return f"{shorten(name)} ({shorten(account_id)})" if name else shorten(account_id)


def format_minute(time: datetime) -> str:
    """Return a time as YYYY-MM-DD HH:MM UTC. A time without a zone is in UTC."""
    return f"{time if time.tzinfo is None else time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def shorten(text: str, limit: int = MAX_NAME_CHARACTERS) -> str:
    """Return text from AWS in one printable line of at most `limit` characters."""
    line = printable(text[: limit + 1])
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def severity_order(severity: str) -> int:
    """Return the rank of a severity, 0 for the most severe."""
    is_known = severity in SEVERITIES
    return len(SEVERITIES) - 1 - SEVERITIES.index(severity) if is_known else len(SEVERITIES)


def counted_changes(change_type: str, number: int) -> str:
    """Return a number of changes of a kind in words, such as `2 findings opened`."""
    return f"{number:,} {(SINGULAR_PHRASES if number == 1 else PLURAL_PHRASES).get(change_type, change_type)}"


def unread_phrase(accounts: Sequence[UnreadAccount]) -> str:
    """Return the number of accounts that were not read, or not in full if some data of one of them was read."""
    in_full = " in full" if any(account.outcome == "incomplete" for account in accounts) else ""
    return f"{len(accounts):,} {'account' if len(accounts) == 1 else 'accounts'} not read{in_full}"
