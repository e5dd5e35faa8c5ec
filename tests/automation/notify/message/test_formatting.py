"""Accounts, times, and names in one line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from iamsql.automation.notify.message.formatting import (
    MAX_NAME_CHARACTERS,
    account_name,
    counted_changes,
    format_minute,
    severity_order,
    shorten,
)
from iamsql.automation.notify.model import KINDS


def test_an_account_has_its_name_and_id() -> None:
    assert account_name("222222222222", "payments") == "payments (222222222222)"
    assert account_name("222222222222", "") == "222222222222"
    assert account_name("222222222222", "a\nb") == "a\\nb (222222222222)"


def test_a_time_is_in_utc() -> None:
    assert format_minute(datetime(2026, 3, 2, 12, 5, 59, tzinfo=UTC)) == "2026-03-02 12:05 UTC"
    assert format_minute(datetime(2026, 3, 2, 1, 0, tzinfo=timezone(timedelta(hours=2)))) == "2026-03-01 23:00 UTC"
    assert format_minute(datetime(2026, 3, 2, 12, 5)) == "2026-03-02 12:05 UTC"


def test_each_kind_has_a_singular_and_a_plural() -> None:
    assert [counted_changes(kind, 1) for kind in KINDS] == [
        "1 finding opened",
        "1 new administrator",
        "1 new access key",
        "1 account no longer read",
        "1 account joined or left",
        "1 finding resolved",
    ]
    assert all(
        counted_changes(kind, 2000).startswith("2,000 ") and "s " in counted_changes(kind, 2) + " " for kind in KINDS
    )


def test_a_long_name_is_shortened() -> None:
    assert shorten("x" * MAX_NAME_CHARACTERS) == "x" * MAX_NAME_CHARACTERS
    assert shorten("x" * 10_000) == "x" * (MAX_NAME_CHARACTERS - 1) + "…"
    assert len(shorten("\x1b" * 10_000)) == MAX_NAME_CHARACTERS


def test_unknown_severities_are_last() -> None:
    assert severity_order("critical") == 0 < severity_order("none") < severity_order("other")
