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
        ("-1 year +2 days -03:04:05.5", "-1 years +2 days -03:04:05.5"),
        ("1 12:59:10", "1 day 12:59:10"),
        ("-1 mon 1 day", "-1 mons +1 day"),
        ("100 hours", "100:00:00"),
        ("0", "00:00:00"),
        ("1.5 seconds", "00:00:01.5"),
        ("250 milliseconds", "00:00:00.25"),
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
    ],
)
def test_interval_functions(expression: str, expected: Any) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("interval '1 fortnight'", "not supported as an interval"),
        ("interval '5 daysago'", "not supported as an interval"),
        ("interval '5 days ago'", "not supported as an interval"),
        ("interval '@ 5 days'", "not supported as an interval"),
        ("interval 'P1Y2M'", "not supported as an interval"),
        ("interval '1-2'", "not supported as an interval"),
        ("interval '1.5 milliseconds'", "not supported as an interval"),
        ("interval '1.5 us'", "not supported as an interval"),
        ("now() - '1 day ago'::interval", "not supported as an interval"),
        ("timestamp '2024-01-01' + 'P1D'", "not supported as an interval"),
        ("make_interval(moons => 1)", "moons"),
    ],
)
def test_unsupported_arguments_are_refused(expression: str, reason: str) -> None:
    with pytest.raises(IamsqlError, match=reason):
        rows(f"select {expression}")
