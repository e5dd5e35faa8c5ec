"""Which runs a past state comes from, which accounts lack events, and the times that --at takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from iamsql.model import IamsqlError
from iamsql.runs.reconstruct.moment import parse_moment
from iamsql.runs.reconstruct.sources import Base, Sources, covered_until
from iamsql.runs.store.metadata import RunMetadata

START = datetime(2026, 3, 2, 12, tzinfo=UTC)


def after(minutes: int) -> datetime:
    """Return a time after the base run."""
    return START + timedelta(minutes=minutes)


def test_a_time_is_a_day_a_minute_or_a_second() -> None:
    now = after(0)
    assert parse_moment("2026-03-01", now) == datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)
    assert parse_moment("2026-03-01 08:30", now) == datetime(2026, 3, 1, 8, 30, 59, tzinfo=UTC)
    assert parse_moment("2026-03-01T08:30:01Z", now) == datetime(2026, 3, 1, 8, 30, 1, tzinfo=UTC)


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "2026-03-01T25:00", "20260301T120000Z-o-demo", "\x1b[31m"])
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(IamsqlError, match="--at takes a time in UTC") as error:
        parse_moment(text, after(0))
    assert "\x1b" not in str(error.value)


def test_the_future_is_refused() -> None:
    with pytest.raises(IamsqlError, match="in the future"):
        parse_moment("2027-01-01", after(0))


def test_windows_cover_a_period_until_the_first_gap() -> None:
    assert covered_until(after(0), []) == after(0)
    assert covered_until(after(0), [(after(5), after(9))]) == after(0)
    assert covered_until(after(0), [(after(5), after(9)), (after(-9), after(5)), (after(20), after(30))]) == after(9)


def sources(**known: int) -> Sources:
    """Return sources with the minutes until which the events of accounts are known."""
    base = Base(Path("base"), RunMetadata(started_at=START, finished_at=after(3)), ("a", "b"))
    return Sources(base, known_until={account: after(minutes) for account, minutes in known.items()})


def test_an_account_without_all_events_is_missing_with_the_reason() -> None:
    assert sources(a=60, b=60).missing(after(40)) == {}
    assert sources(a=60).missing(after(40)) == {
        "b": "no run has all IAM events from 2026-03-02 12:00:00 to 2026-03-02 12:40:00"
    }
    late = sources(a=60, b=50).missing(after(40))
    assert late == {
        "b": "events until 2026-03-02 12:40:00 may have arrived after the run that read them until 2026-03-02 12:50:00"
    }


def test_no_event_is_needed_for_the_start_of_the_base_run() -> None:
    assert sources().missing(START) == {}
    assert sources().base.settled_at == after(3)
