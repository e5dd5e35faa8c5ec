"""The times that --at takes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from iamsql.model import IamsqlError
from iamsql.runs.reconstruct.moment import parse_moment

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_a_time_is_a_day_a_minute_or_a_second() -> None:
    assert parse_moment("2026-03-01", NOW) == datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)
    assert parse_moment("2026-03-01 08:30", NOW) == datetime(2026, 3, 1, 8, 30, 59, tzinfo=UTC)
    assert parse_moment("2026-03-01T08:30:01Z", NOW) == datetime(2026, 3, 1, 8, 30, 1, tzinfo=UTC)


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "2026-03-01T25:00", "20260301T120000Z-o-demo", "\x1b[31m"])
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(IamsqlError, match="--at takes a time in UTC") as error:
        parse_moment(text, NOW)
    assert "\x1b" not in str(error.value)


def test_the_future_is_refused() -> None:
    with pytest.raises(IamsqlError, match="in the future"):
        parse_moment("2027-01-01", NOW)
