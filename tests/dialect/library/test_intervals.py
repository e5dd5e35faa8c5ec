"""Intervals: their literals, their text, and the functions that build them."""

from __future__ import annotations

from typing import Any

import pytest

from iamsql.model import IamsqlError
from tests.dialect.database import rows, value


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        ("1 month - 1 day", "1 mon -1 days"),
        ("2 years 6 months", "2 years 6 mons"),
        ("90 minutes", "01:30:00"),
        ("1.5 days", "1 day 12:00:00"),
        ("1.5 months", "1 mon 15 days"),
        ("1.5 years", "1 year 6 mons"),
        ("0.3 years", "4 mons"),
        ("2 weeks ago", "-14 days"),
        ("1 day 01:00 ago", "-1 days -01:00:00"),
        ("P1W", "7 days"),
        ("- 3 days +.5 hours", "-3 days +00:30:00"),
        ("-1 year +2 days -03:04:05.5", "-1 years +2 days -03:04:05.5"),
        ("1 12:59:10", "1 day 12:59:10"),
        ("1-2", "1 year 2 mons"),
        ("P1Y2M3DT4H5M6S", "1 year 2 mons 3 days 04:05:06"),
        ("-1 mon 1 day", "-1 mons +1 day"),
        ("100 hours", "100:00:00"),
        ("0", "00:00:00"),
        ("1.5 us", "00:00:00.000001"),
        ("1.6 us", "00:00:00.000002"),
        ("0.0015 ms", "00:00:00.000001"),
    ],
)
def test_interval_literals_and_their_text(interval: str, expected: str) -> None:
    assert value(f"(interval '{interval}')::text") == expected
    assert value(f"'' || '{interval}'::interval") == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("make_interval(days => 10, hours => 3)::text", "10 days 03:00:00"),
        ("make_interval(1, 2, secs => 1.5)::text", "1 year 2 mons 00:00:01.5"),
        ("justify_days(interval '35 days')::text", "1 mon 5 days"),
        ("justify_hours(interval '27 hours')::text", "1 day 03:00:00"),
        ("justify_interval(interval '1 mon -1 hour')::text", "29 days 23:00:00"),
    ],
)
def test_interval_functions(expression: str, expected: Any) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("interval '1 fortnight'", "is not an interval"),
        ("interval '5 daysago'", "is not an interval"),
        ("interval '5 ago'", "is not an interval"),
        ("make_interval(moons => 1)", "moons"),
    ],
)
def test_unsupported_arguments_are_refused(expression: str, reason: str) -> None:
    with pytest.raises(IamsqlError, match=reason):
        rows(f"select {expression}")
